import DICOMCore
import DICOMImaging
import Testing

@Suite struct ResultIdentityTests {
    private let instances = [
        (uid: SOPInstanceUID("1.2.1")!, digest: "aa"), (uid: SOPInstanceUID("1.2.2")!, digest: "bb"),
    ]

    private func identity(
        _ instances: [(uid: SOPInstanceUID, digest: String)]? = nil, model: String = "m", parameters: String = "p",
        path: String = "x"
    ) -> ResultIdentity {
        ResultIdentity(
            instances: instances ?? self.instances, modelDigest: model, parameters: parameters, executedPath: path)
    }

    @Test("the same inputs in another order give the same UIDs")
    func order() {
        let (one, other) = (identity(), identity(instances.reversed()))
        #expect(one.instanceUID(.segmentation) == other.instanceUID(.segmentation))
        #expect(one.seriesUID(.report) == other.seriesUID(.report))
        #expect(one.trackingUID(segment: 3) == other.trackingUID(segment: 3))
    }

    @Test("other inputs, model, parameters, path or role give other UIDs")
    func difference() {
        var changed = instances
        changed[1].digest = "cc"
        let identities = [
            identity(), identity(changed), identity(Array(instances.prefix(1))), identity(model: "n"),
            identity(parameters: "q"), identity(path: "y"), identity(model: "mp", parameters: ""),
        ]
        let roles: [ResultRole] = [.segmentation, .report, .overlay(finding: 1), .overlay(finding: 2)]
        let uids = identities.flatMap { identity in
            roles.map { identity.instanceUID($0).rawValue } + roles.prefix(3).map { identity.seriesUID($0).rawValue }
                + [identity.trackingUID(segment: 1).rawValue, identity.trackingUID(segment: 2).rawValue]
        }
        #expect(Set(uids).count == uids.count)
        #expect(identity().seriesUID(.overlay(finding: 1)) == identity().seriesUID(.overlay(finding: 2)))
        #expect(uids.allSatisfy { $0.hasPrefix("2.25.") && $0.utf8.count <= 64 })
    }
}
