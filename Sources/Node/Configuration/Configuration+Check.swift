import Workflow

/// What no single key shows: names that must be unique, names that must exist.
extension Configuration {
    func checkTogether(_ report: ConfigurationReport) {
        refuseDoubles(of: destinations.map(\.name), in: "destinations", key: "name", report)
        refuseDoubles(of: pipelines.map(\.name), in: "pipelines", key: "name", report)
        refuseDoubles(of: peers.map { "\($0.aeTitle)@\($0.host ?? "")" }, in: "peers", key: "ae_title", report)
        let names = destinations.map(\.name)
        for (index, pipeline) in pipelines.enumerated() {
            for destination in pipeline.destinations where !names.contains(destination) {
                let advice =
                    "no destination is called \"\(destination)\"; the names are: \(names.joined(separator: ", "))"
                report.refuse("pipelines[\(index)].send_to", advice)
            }
        }
        if limits.diskRefuseObjectsMB > limits.diskRefuseAssociationsMB {
            let advice = "must not be above disk_refuse_associations_mb: associations are refused before objects"
            report.refuse("limits.disk_refuse_objects_mb", advice)
        }
        if completeness.deadlineSeconds < completeness.quietSeconds {
            report.refuse("completeness.deadline_seconds", "must not be below quiet_seconds")
        }
        if let metrics, metrics.port == node.port, metrics.port != 0 {
            report.refuse("metrics.port", "is that of [node]; give it another")
        }
        warnOfOpenOrClosedDoors(report)
    }

    private func refuseDoubles(of values: [String], in table: String, key: String, _ report: ConfigurationReport) {
        for (index, value) in values.enumerated() where values[..<index].contains(value) {
            report.refuse("\(table)[\(index)].\(key)", "\"\(value)\" is given twice; remove one")
        }
    }

    private func warnOfOpenOrClosedDoors(_ report: ConfigurationReport) {
        if node.acceptUnknownPeers {
            report.warn("node.accept_unknown_peers", "any calling AE title from anywhere may send")
        } else if peers.isEmpty {
            report.warn("peers", "nobody may send: there is no [[peers]] and accept_unknown_peers is false")
        }
        if pipelines.isEmpty { report.warn("pipelines", "series are stored only: there is no [[pipelines]]") }
    }
}
