import Archive
import DICOMCore
import DICOMNetwork
public import Foundation
public import Models
public import Workflow

/// What the modules below are given.
extension Configuration {
    var archiveConfiguration: ArchiveConfiguration {
        var archive = ArchiveConfiguration()
        archive.watermarks.refuseAssociationsBelowBytes = Int64(limits.diskRefuseAssociationsMB) << 20
        archive.watermarks.refuseObjectsBelowBytes = Int64(limits.diskRefuseObjectsMB) << 20
        archive.completeness = completenessPeriods
        archive.jobRetry.maximumAttempts = limits.jobAttempts
        archive.deliveryRetry = RetryPolicy(
            maximumAttempts: delivery.maximumAttempts, firstDelaySeconds: delivery.firstRetrySeconds,
            maximumDelaySeconds: delivery.longestRetrySeconds)
        archive.deliveryGiveUpSeconds = delivery.giveUpHours * 3600
        archive.retention = RetentionPolicy(
            inputsSeconds: retention.days * 86400, resultsSeconds: retention.days * 86400,
            quotaBytes: retention.quotaMB == 0 ? nil : Int64(retention.quotaMB) << 20)
        return archive
    }

    private var completenessPeriods: CompletenessPeriods {
        let own = peers.compactMap { peer in
            AETitle(peer.aeTitle).flatMap { title in peer.quietSeconds.map { (title, $0) } }
        }
        return CompletenessPeriods(
            quietSeconds: completeness.quietSeconds,
            // One AE title may stand for several hosts: the longer wait is the safe one.
            quietSecondsByCallingAE: Dictionary(own, uniquingKeysWith: max),
            deadlineSeconds: completeness.deadlineSeconds)
    }

    public var workflowRules: WorkflowRules {
        var rules = WorkflowRules()
        rules.pipelines = pipelines
        rules.destinations = destinations
        rules.wholeSeriesSenders = Set(peers.filter(\.sendsSeriesInOneAssociation).map(\.aeTitle))
        return rules
    }

    public var computeResources: ComputeResources {
        ComputeResources(threads: threadCount, memoryLimitBytes: compute.memoryMB == 0 ? nil : compute.memoryMB << 20)
    }

    var threadCount: Int { compute.threads == 0 ? ProcessInfo.processInfo.activeProcessorCount : compute.threads }

    public var dataDirectory: URL { URL(filePath: node.dataDirectory, directoryHint: .isDirectory) }

    public var modelsDirectory: URL { URL(filePath: node.modelsDirectory, directoryHint: .isDirectory) }

    /// The node's own title; the file's was checked when it was read.
    var aeTitle: AETitle { AETitle(node.aeTitle) ?? Self.defaultAETitle }

    private static let defaultAETitle = AETitle("FOVEA")!

    var storageSCPConfiguration: StorageSCPConfiguration {
        var scp = StorageSCPConfiguration(aeTitle: aeTitle)
        scp.address = node.address
        scp.port = UInt16(clamping: node.port)
        scp.maximumAssociations = limits.associations
        scp.maximumPDULength = limits.pduBytes
        scp.maximumObjectBytes = limits.objectMB << 20
        scp.associationTimeout = .seconds(limits.requestSeconds)
        scp.idleTimeout = .seconds(limits.idleSeconds)
        scp.otherStorage = node.otherStorage == .accept ? .acknowledge : .refuse
        return scp
    }
}
