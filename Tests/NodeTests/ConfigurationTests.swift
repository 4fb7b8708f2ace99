import Archive
import Foundation
import Node
import Testing
import Workflow

@Suite struct ConfigurationTests {
    static let repository = URL(filePath: #filePath).appending(path: "../../..").standardized

    static let minimal = """
        [node]
        ae_title = "FOVEA"
        address = "0.0.0.0"
        port = 11112
        data_directory = "/var/lib/fovea"
        models_directory = "/usr/share/fovea/models"
        accept_unknown_peers = false      # true: any calling AE title from anywhere (said loudly in the log)

        [[peers]]                         # who may send
        ae_title = "CT1"
        host = "192.0.2.7"                # optional

        [[destinations]]                  # where results go
        name = "pacs"
        ae_title = "PACS"
        host = "127.0.0.1"
        port = 4242

        [[pipelines]]                     # what is done with which series
        name = "lung nodules"
        model = "lung-nodules"
        modality = ["CT"]
        send_to = ["pacs"]
        """

    /// The shipped file with its examples switched on.
    static func shipped() throws -> String {
        let text = try String(contentsOf: repository.appending(path: "etc/fovea.toml"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { $0.firstMatch(of: /^#[a-z\[]/) == nil ? $0 : $0.dropFirst() }.joined(separator: "\n")
    }

    static func problems(_ text: String) -> [ConfigurationProblem] {
        do {
            _ = try Configuration(text: text, file: "test.toml")
            return []
        } catch {
            return (error as? ConfigurationError)?.problems ?? []
        }
    }

    @Test("an empty file gives the defaults") func empty() throws {
        let configuration = try Configuration(text: "", file: "test.toml")
        let defaults = Configuration()
        #expect(configuration.node == defaults.node)
        #expect(configuration.limits == defaults.limits)
        #expect(configuration.pipelines.isEmpty)
    }

    @Test("the small example works as it stands") func example() throws {
        let configuration = try Configuration(text: Self.minimal, file: "test.toml")
        #expect(configuration.peers == [Configuration.Peer(aeTitle: "CT1", host: "192.0.2.7")])
        #expect(configuration.destinations.first?.port == 4242)
        let pipeline = try #require(configuration.pipelines.first)
        #expect(pipeline.modalities == ["CT"])
        #expect(pipeline.destinations == ["pacs"])
        #expect(pipeline.answers == JobOutcome.answeredByDefault)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("etc/fovea.toml holds the defaults") func shippedValues() throws {
        let configuration = try Configuration(text: Self.shipped(), file: "fovea.toml")
        let defaults = Configuration()
        #expect(configuration.node == defaults.node)
        #expect(configuration.limits == defaults.limits)
        #expect(configuration.completeness == defaults.completeness)
        #expect(configuration.retention == defaults.retention)
        #expect(configuration.delivery == defaults.delivery)
        #expect(configuration.compute == defaults.compute)
        #expect(configuration.log == defaults.log)
        #expect(configuration.metrics == Configuration.Metrics())
        #expect(
            configuration.destinations == [Destination(name: "pacs", aeTitle: "PACS", host: "127.0.0.1", port: 4242)])
        var pipeline = PipelineRule(name: "lung nodules", model: "lung-nodules")
        pipeline.modalities = ["CT"]
        pipeline.destinations = ["pacs"]
        pipeline.seriesDescription = "thorax|chest"
        pipeline.studyDescription = "thorax|chest"
        (pipeline.budgetSeconds, pipeline.statBudgetSeconds) = (20, 8)
        #expect(configuration.pipelines == [pipeline])
    }

    @Test("etc/fovea.toml as shipped is accepted") func shippedAsIs() throws {
        let file = Self.repository.appending(path: "etc/fovea.toml").path
        let configuration = try Configuration(contentsOf: file)
        #expect(configuration.peers.isEmpty)
        #expect(configuration.metrics == nil)
    }

    @Test("etc/fovea.toml documents every key") func shippedKeys() throws {
        let text = try Self.shipped()
        let keys = try Configuration(text: text, file: "fovea.toml").knownKeys
        #expect(keys.count > 50)
        for key in keys {
            let name = key.split(separator: ".").last.map(String.init) ?? key
            #expect(text.contains("\n\(name) = ") || text.contains("[\(name)]"), "\(key) is missing")
        }
    }

    @Test("a time budget has a sensible size, and urgent jobs are not given more") func budgets() throws {
        let pipeline = "[[pipelines]]\nname = \"a\"\nmodel = \"m\"\n"
        #expect(Self.problems(pipeline + "budget_seconds = 0").map(\.key) == ["pipelines[0].budget_seconds"])
        #expect(Self.problems(pipeline + "budget_seconds = \"1\"").map(\.key) == ["pipelines[0].budget_seconds"])
        let odd = try Configuration(text: pipeline + "budget_seconds = 2\nstat_budget_seconds = 3", file: "test.toml")
        #expect(odd.pipelines.first?.statBudgetSeconds == 3)
        #expect(odd.warnings.contains { $0.key == "pipelines[0].stat_budget_seconds" })
    }

    @Test("an unknown key is refused with its line and the nearest key") func unknownKey() {
        let problems = Self.problems("[node]\nport = 104\nae_titel = \"X\"\n")
        #expect(problems.map(\.line) == [3])
        #expect(problems.first?.key == "node.ae_titel")
        #expect(problems.first?.message == "unknown key; did you mean ae_title?")
    }

    @Test("an unknown table is refused") func unknownTable() {
        #expect(Self.problems("[node]\n[destination]\nname = 1\n").map(\.line) == [2])
    }

    @Test("a key of the second table of a list is named with its line") func secondTable() {
        let text = "[[peers]]\nae_title = \"A\"\n[[peers]]\nae_title = \"B\"\nhots = \"x\"\n"
        #expect(Self.problems(text).map(\.description) == ["line 5: peers[1].hots: unknown key; did you mean host?"])
    }

    @Test("lines stay right behind values over several lines") func multiLine() {
        let text = """
            [[pipelines]]
            name = '''a
            b = 1
            '''
            model = "m"
            modality = [ # ]
              "CT",
              "MR # ] ="
            ]
            wrong = 1
            """
        #expect(Self.problems(text).map(\.line) == [10])
    }

    @Test("syntax errors name their line") func syntax() {
        #expect(Self.problems("[node]\nport = \n").first?.line == 2)
    }

    @Test("a missing file is refused") func missingFile() {
        #expect(throws: ConfigurationError.self) { try Configuration(contentsOf: "/nonexistent.toml") }
    }

    @Test("every problem is told, not only the first") func several() {
        #expect(Self.problems("[node]\nport = 70000\naddress = \"here\"\nfoo = 1\n").map(\.line).count == 3)
    }

    @Test(
        "impossible values are refused",
        arguments: [
            ("[node]\nport = 65536", "node.port"),
            ("[node]\nport = -1", "node.port"),
            ("[node]\nport = \"104\"", "node.port"),
            ("[node]\nae_title = \"\"", "node.ae_title"),
            ("[node]\nae_title = \"SEVENTEENLETTERSX\"", "node.ae_title"),
            ("[node]\naddress = \"1.2.3.256\"", "node.address"),
            ("[node]\naccept_unknown_peers = 1", "node.accept_unknown_peers"),
            ("[node]\nother_storage = \"keep\"", "node.other_storage"),
            ("[node]\ndata_directory = \"\"", "node.data_directory"),
            ("[[peers]]\nhost = \"h\"", "peers[0]"),
            ("[[peers]]\nae_title = \"A\"\n[[peers]]\nae_title = \"A\"", "peers[1].ae_title"),
            ("[peers]\nae_title = \"A\"", "peers"),
            ("[[destinations]]\nname = \"a\"\nae_title = \"A\"\nhost = \"h\"", "destinations[0]"),
            ("[[destinations]]\nname = \"a\"\nae_title = \"A\"\nhost = \"h\"\nport = 0", "destinations[0].port"),
            ("[[pipelines]]\nname = \"a\"\nmodel = \"m\"\nsend_to = [\"x\"]", "pipelines[0].send_to"),
            ("[[pipelines]]\nname = \"a\"\nmodel = \"m\"\nanswers = [\"maybe\"]", "pipelines[0].answers"),
            (
                "[[pipelines]]\nname = \"a\"\nmodel = \"m\"\nseries_description = \"(\"",
                "pipelines[0].series_description"
            ),
            ("[[pipelines]]\nname = \"a\"\nmodel = \"m\"\nmodality = \"CT\"", "pipelines[0].modality"),
            ("[[pipelines]]\nname = \"a\"", "pipelines[0]"),
            ("[limits]\nassociations = 0", "limits.associations"),
            ("[limits]\npdu_bytes = 100", "limits.pdu_bytes"),
            ("[limits]\ndisk_refuse_objects_mb = 5000", "limits.disk_refuse_objects_mb"),
            ("[completeness]\nquiet_seconds = -1", "completeness.quiet_seconds"),
            ("[completeness]\nquiet_seconds = 10\ndeadline_seconds = 5", "completeness.deadline_seconds"),
            ("[retention]\ndays = -0.5", "retention.days"),
            ("[compute]\nthreads = 1.5", "compute.threads"),
            ("[log]\nlevel = \"loud\"", "log.level"),
            ("[metrics]\nport = 65536", "metrics.port"),
            ("[metrics]\nport = 11112", "metrics.port"),
            ("[metrics]\naddress = \"localhost\"", "metrics.address"),
            ("[metrics]\nlisten = \"127.0.0.1\"", "metrics.listen"),
        ])
    func impossible(text: String, key: String) {
        let problems = Self.problems(text)
        #expect(problems.map(\.key) == [key])
        #expect(problems.allSatisfy { $0.line != nil && !$0.message.isEmpty })
    }

    @Test("whole numbers are accepted where fractions are possible") func wholeNumber() throws {
        let configuration = try Configuration(text: "[completeness]\nquiet_seconds = 2", file: "test.toml")
        #expect(configuration.completeness.quietSeconds == 2)
    }

    @Test("metrics are off without their table, and on this machine alone unless another address is given")
    func metrics() throws {
        func configuration(_ table: String) throws -> Configuration {
            try Configuration(text: table, file: "test.toml")
        }
        #expect(try configuration("").metrics == nil)
        let usual = try configuration("[metrics]")
        #expect(usual.metrics?.address == "127.0.0.1")
        #expect(usual.metrics?.port == 9112)
        #expect(!usual.warnings.contains { $0.key.hasPrefix("metrics") })
        #expect(try !configuration("[metrics]\naddress = \"127.0.0.2\"").warnings.contains { $0.line == 2 })
        let open = try configuration("[metrics]\naddress = \"0.0.0.0\"\nport = 9000")
        #expect(open.metrics?.port == 9000)
        #expect(open.warnings.contains { $0.key == "metrics.address" && $0.line == 2 })
    }

    @Test("an open door is warned of") func openDoor() throws {
        let configuration = try Configuration(text: "[node]\naccept_unknown_peers = true", file: "test.toml")
        #expect(configuration.warnings.first?.key == "node.accept_unknown_peers")
        #expect(configuration.warnings.first?.line == 2)
    }
}
