import Foundation
import Testing

extension WholeNodeTests {
    /// What Prometheus reads from a running node.
    @Suite struct Metrics {
        private static func table(_ port: Int) -> String { "[metrics]\nport = \(port)" }

        @Test("A scrape tells what was received, answered and delivered, and names no object")
        func scrape() throws {
            let (pacs, port) = (try PACSPeer(), try Loopback.freePort())
            var settings = TestNode.Settings(destinations: [("pacs", pacs.port, "")])
            settings.tables = Self.table(port)
            let node = try TestNode(settings)
            let series = try Phantom.small(copies: 1, in: node.folder)[0]
            try eventually("metrics are served") { Loopback.isListening(port) }
            let before = try HTTPResponse.get("/metrics", port: port)
            #expect(before.samples["fovea_jobs{state=\"ready\"}"] == 0)
            #expect(before.samples["fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"taken\"}"] == 0)

            #expect(try node.send(series).status == 0)
            let job = try node.finishedJob()
            let taken = "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"taken\"}"
            // The archive knows of a delivery a moment before it is counted.
            try eventually("the deliveries are counted") {
                try HTTPResponse.get("/metrics", port: port).samples[taken] == Double(pacs.stores.count)
            }
            let response = try HTTPResponse.get("/metrics", port: port)
            #expect(response.status == 200)
            #expect(response.head.lowercased().contains("content-type: text/plain; version=0.0.4; charset=utf-8\r\n"))
            let expected: [String: Double] = [
                "fovea_associations_total{ending=\"released\"}": 1,
                "fovea_instances_total{outcome=\"stored\"}": Double(ScratchFolder.files(below: series).count),
                "fovea_instances_total{outcome=\"refused\"}": 0,
                "fovea_jobs_answered_total{pipeline=\"lung nodules\",outcome=\"\(job.outcome ?? "")\"}": 1,
                "fovea_job_seconds_count{pipeline=\"lung nodules\"}": 1,
                "fovea_step_seconds_count{pipeline=\"lung nodules\",step=\"assemble\"}": 1,
                "fovea_delivery_attempts_total{destination=\"pacs\",outcome=\"failed\"}": 0,
                "fovea_jobs{state=\"delivering\"}": 0, "fovea_deliveries{state=\"due\"}": 0,
            ]
            for (name, value) in expected { #expect(response.samples[name] == value, "\(name)") }
            let assembly = response.samples["fovea_step_seconds_sum{pipeline=\"lung nodules\",step=\"assemble\"}"]
            #expect(abs((assembly ?? 0) - (job.timingsS?["assemble"] ?? 1)) < 1e-6)
            #expect(response.body.contains(#/fovea_build_info{version="[^"]+",isa="[a-z0-9]+"} 1\n/#))
            #expect(!response.body.contains(#/\d+\.\d+\.\d+\.\d+/#))
        }

        @Test("The blocks that AutoPath computed and dropped are counted as the job tells them")
        func path() throws {
            let port = try Loopback.freePort()
            let pipeline = "[[pipelines]]\nname = \"liver\"\nmodel = \"liver\"\n"
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: pipeline + Self.table(port)))
            #expect(try node.send(Phantom.small(copies: 1, in: node.folder)[0]).status == 0)
            let job = try node.finishedJob()
            let told = #/AutoPath computed (?<computed>\d+) of (?<all>\d+) blocks in (?<windows>\d+) windows/#
            let match = try #require(job.reason?.firstMatch(of: told), "\(job.reason ?? "")")
            let samples = try HTTPResponse.get("/metrics", port: port).samples
            func sum(_ prefix: String) -> Double { samples.filter { $0.key.hasPrefix(prefix) }.values.reduce(0, +) }
            let computed = sum("fovea_autopath_blocks_computed_total{pipeline=\"liver\",block=")
            #expect(computed == Double(match.computed))
            let dropped = sum("fovea_autopath_blocks_dropped_total{pipeline=\"liver\",block=")
            #expect(computed + dropped == Double(match.all))
            #expect(samples["fovea_autopath_windows_total{pipeline=\"liver\"}"] == Double(match.windows))
            #expect(samples["fovea_autopath_work_saved_ratio_count{pipeline=\"liver\"}"] == 1)
            #expect(samples["fovea_autopath_time_saved_ratio_sum{pipeline=\"liver\"}"] != nil)
        }

        @Test("Other paths and methods are not found, and a silent client does not keep the node from ending")
        func others() throws {
            let port = try Loopback.freePort()
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: Self.table(port)))
            try eventually("metrics are served") { Loopback.isListening(port) }
            for path in ["/", "/metric", "/metrics/more", "/etc/passwd"] {
                #expect(try HTTPResponse.get(path, port: port).status == 404, "\(path)")
            }
            #expect(try HTTPResponse.get("/metrics", method: "DELETE", port: port).status == 404)

            let silent = try Loopback.connect(to: port)
            let halfway = try Loopback.connect(to: port)
            defer { [silent, halfway].forEach { close($0) } }
            Loopback.send(Array("POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n".utf8), to: halfway)
            Thread.sleep(forTimeInterval: 0.2)
            #expect(try node.stop(within: 10) == 0)
        }

        @Test("Without [metrics] the node listens for DICOM alone; with it at one port more")
        func off() throws {
            let without = try TestNode(TestNode.Settings(hasPipeline: false))
            #expect(try Loopback.listeningPorts(of: without.process.identifier) == [without.port])
            let port = try Loopback.freePort()
            let with = try TestNode(TestNode.Settings(hasPipeline: false, tables: Self.table(port)))
            try eventually("metrics are served") { Loopback.isListening(port) }
            #expect(try Loopback.listeningPorts(of: with.process.identifier) == [with.port, port])
            #expect(with.log.contains("serving metrics url=http://127.0.0.1:\(port)/metrics"))
        }

        @Test("A port that is taken keeps the node from starting, and is named")
        func taken() throws {
            let other = try PACSPeer()
            let settings = TestNode.Settings(hasPipeline: false, tables: Self.table(other.port))
            let node = try TestNode(settings, start: false)
            let result = try run(
                Repository.fovea, ["serve", "--config", node.configurationFile.path], in: node.folder, within: 30)
            #expect(result.status == 1)
            let message = """
                fovea: Cannot serve metrics on 127.0.0.1 port \(other.port). Is another program using it? \
                (Address already in use)
                """
            #expect(result.error.contains(message), "\(result.error)")
        }

        @Test("A wider address is warned of at the start")
        func open() throws {
            let port = try Loopback.freePort()
            let tables = "[metrics]\naddress = \"0.0.0.0\"\nport = \(port)"
            let node = try TestNode(TestNode.Settings(hasPipeline: false, tables: tables))
            #expect(node.log.contains("metrics.address: metrics are for everybody who reaches this address"))
        }
    }
}
