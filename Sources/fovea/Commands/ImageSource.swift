import DICOMImaging
import Foundation
import Imaging
import Workflow

/// An image on disk: a NIfTI file, or a folder that holds one DICOM series.
struct ImageSource {
    let path: String

    /// - Parameter unit: what the values of a NIfTI file mean.
    func volume(unit: IntensityUnit, threads: Int) throws -> Volume {
        guard !isNIfTI else { return try NIfTI.readVolume(URL(filePath: path), unit: unit) }
        let series = SeriesFiles.group(try FileSearch.files(in: [path])) { file, reason in
            Terminal.complain("\(file.path): \(reason)")
        }
        guard series.count == 1 else {
            throw CommandFailure("\(path) holds \(series.count) series; name a folder that holds one, or a NIfTI file")
        }
        return try SeriesAssembler(options: AssemblyOptions(), threads: threads).assemble(files: series[0].files).volume
    }

    private var isNIfTI: Bool { path.hasSuffix(".nii") || path.hasSuffix(".nii.gz") }
}
