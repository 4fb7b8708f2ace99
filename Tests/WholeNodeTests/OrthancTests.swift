import Foundation
import Testing

extension WholeNodeTests {
    @Suite(.enabled(if: Repository.hasTool("Orthanc"), "Orthanc is not installed"))
    struct OrthancAsPACS {
        @Test("SEG and SR arrive at Orthanc and are found there under the study of the source")
        func delivery() throws {
            let orthanc = try OrthancPeer()
            let node = try TestNode(TestNode.Settings(destinations: [("orthanc", orthanc.port, "")]))
            try node.send(Phantom.chest.get().folder)
            let job = try node.finishedJob(within: 120)
            #expect(job.state == "done")
            let study = try #require(try studyOf(node))
            #expect(try orthanc.instances(modality: "SEG", study: study).count == 1)
            #expect(try orthanc.instances(modality: "SR", study: study).count == 1)
        }

        private func studyOf(_ node: TestNode) throws -> String? {
            let studies = try node.command(["studies", "--json"])
            let list = try JSONSerialization.jsonObject(with: studies.outputData) as? [[String: Any]]
            return list?.first?["study_instance_uid"] as? String
        }
    }
}
