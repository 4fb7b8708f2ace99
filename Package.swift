// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target: language mode 6, no warnings, imports that say what they expose.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// DCMTK and what it needs, named one by one: its pkg-config file fails on Debian 12 (Docs/Decisions/0002).
let dcmtkLibraries: [LinkerSetting] = [
    "dcmseg", "dcmfg", "dcmiod", "cmr", "dcmsr", "dcmtls", "dcmnet", "dcmjpls", "dcmtkcharls", "dcmjpeg", "ijg8", "ijg12",
    "ijg16", "dcmimage", "dcmimgle", "dcmdata", "oflog", "ofstd", "openjp2", "ssl", "crypto", "z", "pthread",
].map { .linkedLibrary($0) }

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "fovea",
    products: [.executable(name: "fovea", targets: ["fovea"])],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // Level 0
        .target(name: "CDCMTK", linkerSettings: dcmtkLibraries),
        .target(name: "CKernels"),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CNIfTI", providers: [.apt(["libnifti-dev"])]),
        .systemLibrary(name: "CPNG", providers: [.apt(["libpng-dev"])]),
        .target(name: "DICOMCore", swiftSettings: strict),
        .target(name: "Geometry", swiftSettings: strict),
        // Level 1
        .target(name: "DICOMFile", dependencies: ["CDCMTK", "DICOMCore", "Geometry"], swiftSettings: strict),
        .target(name: "DICOMNetwork", dependencies: ["CDCMTK", "DICOMCore"], swiftSettings: strict),
        .target(name: "Tensors", dependencies: ["CKernels", "COpenBLAS"], swiftSettings: strict),
        .target(name: "Archive", dependencies: ["DICOMCore", grdb, crypto], swiftSettings: strict),
        // Level 2
        .target(name: "Imaging", dependencies: ["Geometry", "Tensors", "CNIfTI", "CPNG"], swiftSettings: strict),
        .target(name: "NeuralNetworks", dependencies: ["Tensors"], swiftSettings: strict),
        // Level 3
        .target(
            name: "Models", dependencies: ["DICOMCore", "Geometry", "Imaging", "NeuralNetworks", "Tensors", crypto],
            swiftSettings: strict),
        .target(
            name: "DICOMImaging", dependencies: ["DICOMCore", "DICOMFile", "Geometry", "Imaging", crypto],
            swiftSettings: strict),
        // Level 4
        .target(
            name: "Workflow",
            dependencies: ["Archive", "DICOMCore", "DICOMFile", "DICOMImaging", "Geometry", "Imaging", "Models", "Tensors", crypto],
            swiftSettings: strict),
        // Level 5
        .target(
            name: "Node",
            dependencies: [
                "Archive", "DICOMCore", "DICOMFile", "DICOMNetwork", "Models", "Tensors", "Workflow", lifecycle, signals,
                logging, metrics, hummingbird, nio, "TOMLKit",
            ],
            swiftSettings: strict),
        // Level 6
        .executableTarget(
            name: "fovea",
            dependencies: [
                "Archive", "DICOMCore", "DICOMFile", "DICOMImaging", "DICOMNetwork", "Geometry", "Imaging", "Models", "Node",
                "Workflow", argumentParser, lifecycle, logging,
            ],
            swiftSettings: strict),

        .executableTarget(
            name: "fovea-benchmark", dependencies: ["DICOMCore", "DICOMFile", "DICOMImaging", "Geometry", "Imaging"],
            path: "Benchmarks/Imaging", swiftSettings: strict),

        .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: strict),
        .testTarget(name: "DICOMCoreTests", dependencies: ["DICOMCore"], swiftSettings: strict),
        .testTarget(name: "GeometryTests", dependencies: ["Geometry"], swiftSettings: strict),
        .testTarget(name: "DICOMFileTests", dependencies: ["DICOMFile", "DICOMCore"], swiftSettings: strict),
        .testTarget(name: "DICOMNetworkTests", dependencies: ["DICOMNetwork", "DICOMCore"], swiftSettings: strict),
        .testTarget(name: "TensorsTests", dependencies: ["CKernels", "Tensors"], swiftSettings: strict),
        .testTarget(name: "ArchiveTests", dependencies: ["Archive", "DICOMCore", grdb], swiftSettings: strict),
        .testTarget(name: "ImagingTests", dependencies: ["Imaging", "Geometry"], swiftSettings: strict),
        .testTarget(name: "NeuralNetworksTests", dependencies: ["NeuralNetworks", "Tensors"], swiftSettings: strict),
        .testTarget(name: "ModelsTests", dependencies: ["Models", "Imaging", "Geometry", "NeuralNetworks", "Tensors", crypto],
            swiftSettings: strict),
        .testTarget(
            name: "DICOMImagingTests", dependencies: ["DICOMImaging", "DICOMFile", "DICOMCore", "Imaging", "Geometry"],
            swiftSettings: strict),
        .testTarget(
            name: "WorkflowTests",
            dependencies: ["Workflow", "Archive", "DICOMCore", "DICOMImaging", "Geometry", "Imaging", "Models"],
            swiftSettings: strict),
        .testTarget(
            name: "NodeTests", dependencies: ["Node", "Archive", "DICOMCore", "Models", "Workflow", logging, metrics],
            swiftSettings: strict),
        .testTarget(name: "TidyTests", swiftSettings: strict),
        // Drives the built binary with real peers, and imports nothing of it.
        .testTarget(name: "WholeNodeTests", swiftSettings: strict),
    ],
    cxxLanguageStandard: .cxx17
)
