// swift-tools-version: 6.2
import PackageDescription

// The pkg-config name of the MPI to build against: Open MPI's on Debian unless the environment
// names another one (SOUNDER_MPI=mpich). Nothing else in the package depends on the choice.
let mpi = Context.environment["SOUNDER_MPI"] ?? "ompi-c"
let hdf5 = Context.environment["SOUNDER_HDF5"] ?? "hdf5"

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]
let cSettings: [CSetting] = [.treatAllWarnings(as: .error)]

let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")

// Modules in reading order: each imports only what stands above it.
let modules: [Target] = [
  .systemLibrary(name: "CMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"])]),
  .systemLibrary(name: "CHDF5", pkgConfig: hdf5, providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
  .systemLibrary(name: "CLAPACK", pkgConfig: "lapacke", providers: [.apt(["liblapacke-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(
    name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
  .target(name: "CKernels", cSettings: cSettings),
  .target(name: "CShared", cSettings: cSettings),
  .target(name: "Configuration", dependencies: [yams], swiftSettings: settings),
  .target(
    name: "HDF5", dependencies: ["Configuration", "CHDF5", "CKernels", "CZlib", "CDeflate"],
    swiftSettings: settings),
  .target(
    name: "NN", dependencies: ["Configuration", "HDF5", "COneDNN", "CLAPACK", "CKernels"],
    swiftSettings: settings),
  .target(
    name: "Pipeline",
    dependencies: ["Configuration", "HDF5", "NN", "CLAPACK", "CKernels", "CZlib"],
    swiftSettings: settings),
  .target(
    name: "Distributed",
    dependencies: ["Configuration", "HDF5", "NN", "Pipeline", "CMPI", "CKernels", "CShared"],
    swiftSettings: settings),
  .target(
    name: "HyperOpt",
    dependencies: [
      "Configuration", "HDF5", "NN", "Pipeline", "Distributed", "CLAPACK", "CKernels", "CShared",
    ],
    swiftSettings: settings),
  .executableTarget(
    name: "sounder",
    dependencies: [
      "Configuration", "HDF5", "NN", "Pipeline", "Distributed", "HyperOpt", argumentParser,
      // `doctor` asks the libraries for their versions.
      "CHDF5", "COneDNN", "CLAPACK", "CZlib", "CDeflate", "CKernels",
    ],
    swiftSettings: settings),
]

/// One small program that shows one thing; CI runs each at 1, 2 and 3 ranks.
func example(
  _ name: String, _ dependencies: [Target.Dependency], data: [String] = []
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "Examples/\(name)", exclude: data,
    swiftSettings: settings)
}
let examples: [Target] = [
  example("01-window", ["Distributed"]),
  example("02-slice", ["Distributed", "Pipeline", "HDF5"]),
  example("03-train", ["Distributed", "HDF5", "Configuration"]),
  example("04-predict", ["Distributed", "Pipeline", "NN", "HDF5"]),
  example("05-search", ["HyperOpt", "Distributed", "NN", "Configuration"]),
  example(
    "06-forecast", ["Distributed", "NN", "HDF5", "Configuration"],
    data: ["airline_passengers.csv"]),
  example("07-text", ["Distributed", "NN", "HDF5", "Configuration"]),
  example("08-vae", ["Distributed", "NN", "HDF5", "Configuration", "CZlib"]),
  example("09-estimator", ["Distributed", "Pipeline", "NN"]),
  example("10-tuning", ["HyperOpt", "Distributed", "Configuration"]),
  example("11-source", ["Distributed", "Pipeline", "NN", "Configuration"]),
]

// `search-bench` compares samplers (Benchmarks/search/README.md). It is part of no product.
let benchmarks: [Target] = [
  .target(
    name: "SearchObjectives", dependencies: ["HyperOpt", "Configuration"],
    path: "Benchmarks/search/objectives", swiftSettings: settings),
  .executableTarget(
    name: "search-bench",
    dependencies: ["SearchObjectives", "HyperOpt", "NN", "Configuration", argumentParser],
    path: "Benchmarks/search/runner", swiftSettings: settings),
]

/// The tests of one module, and what they need beside it.
func tests(_ module: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(module)Tests", dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}
let testTargets: [Target] = [
  .executableTarget(
    name: "MPIProbe",
    dependencies: [
      "Distributed", "HyperOpt", "Pipeline", "NN", "HDF5", "Configuration", "AllocationCounter",
      "CKernels",
    ],
    path: "Tests/MPIProbe",
    swiftSettings: settings),
  .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
  tests("Configuration", ["Configuration"]),
  tests("HDF5", ["HDF5", "Configuration"]),
  // Every layer once: what the tests that run over all layers run over.
  .target(
    name: "LayerSamples", dependencies: ["NN", "Configuration"], path: "Tests/LayerSamples",
    swiftSettings: settings),
  tests("NN", ["NN", "HDF5", "Configuration", "LayerSamples", "AllocationProbe", "CKernels"]),
  .target(name: "AllocationCounter", path: "Tests/AllocationCounter", cSettings: cSettings),
  .executableTarget(
    name: "AllocationProbe",
    dependencies: [
      "AllocationCounter", "LayerSamples", "NN", "Pipeline", "Configuration", "CKernels",
    ],
    path: "Tests/AllocationProbe", swiftSettings: settings),
  tests("Pipeline", ["Pipeline", "NN", "HDF5", "Configuration"]),
  // It decodes what an example draws.
  tests("Distributed", ["Distributed", "Pipeline", "NN", "HDF5", "Configuration", "CZlib"]),
  tests("HyperOpt", ["HyperOpt", "Distributed", "Pipeline", "NN", "Configuration"]),
  tests(
    "SearchObjectives", ["SearchObjectives", "search-bench", "HyperOpt", "Configuration"]),
  tests(
    "Sounder", ["HyperOpt", "Distributed", "Pipeline", "NN", "HDF5", "Configuration", "sounder"]),
]

// `scripts/fuzz.sh` builds the readers and this program with libFuzzer; no other build has them.
let fuzzing: [Target] =
  Context.environment["SOUNDER_FUZZ"] == nil
  ? []
  : [
    .systemLibrary(name: "CFuzzer", path: "Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "HyperOpt", "Distributed", "Pipeline", "NN", "HDF5", "Configuration", "CFuzzer",
      ],
      path: "Fuzz/Fuzzer", swiftSettings: settings),
  ]

let package = Package(
  name: "sounder",
  products: [
    .library(name: "Configuration", targets: ["Configuration"]),
    .library(name: "HDF5", targets: ["HDF5"]),
    .library(name: "NN", targets: ["NN"]),
    .library(name: "Pipeline", targets: ["Pipeline"]),
    .library(name: "Distributed", targets: ["Distributed"]),
    .library(name: "HyperOpt", targets: ["HyperOpt"]),
    .executable(name: "sounder", targets: ["sounder"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: modules + examples + benchmarks + testTargets + fuzzing,
  swiftLanguageModes: [.v6]
)
