// swift-tools-version: 6.2
import PackageDescription

/// Continuous integration sets this, so that no warning of ours lands; a newer compiler's new warnings stop nobody else.
let warningsAreErrors = Context.environment["HEARSAY_WARNINGS_AS_ERRORS"] == "1"

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (warningsAreErrors ? [.treatAllWarnings(as: .error)] : [])

/// The kernels are the inner loops of every test too, so they are optimised in debug builds as well.
let kernelFlags: [CSetting] = [
    .unsafeFlags(["-O3", "-fno-math-errno", "-Wall", "-Wextra"] + (warningsAreErrors ? ["-Werror"] : []))
]

let plainCFlags: [CSetting] = [.unsafeFlags(["-Wall", "-Wextra"] + (warningsAreErrors ? ["-Werror"] : []))]

func layer(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
    name: "hearsay",
    products: [
        .executable(name: "hearsay", targets: ["hearsay"]),
        .executable(name: "hearsayd", targets: ["hearsayd"]),
        .executable(name: "sd_hearsay", targets: ["sd_hearsay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        // 0: C kernels and system libraries
        .target(name: "CKernels", cSettings: kernelFlags),
        .systemLibrary(name: "CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
        .systemLibrary(name: "CSndfile", pkgConfig: "sndfile", providers: [.apt(["libsndfile1-dev"])]),
        .systemLibrary(name: "CSoxr", pkgConfig: "soxr", providers: [.apt(["libsoxr-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // libcurl is opened at run time, so that only a download pays for it; its headers are needed to build.
        .target(name: "CCurl", cSettings: plainCFlags, linkerSettings: [.linkedLibrary("dl")]),

        // ALSA likewise, so that programs that only read and write files run without it.
        .target(name: "CALSA", cSettings: plainCFlags, linkerSettings: [.linkedLibrary("dl")]),

        // speexdsp likewise, so that only a microphone that is to be cleaned pays for it.
        .target(name: "CSpeexDSP", cSettings: plainCFlags, linkerSettings: [.linkedLibrary("dl")]),

        // libespeak-ng likewise, so that only the process that computes phonemes pays for it.
        .target(name: "CEspeak", cSettings: plainCFlags, linkerSettings: [.linkedLibrary("dl")]),

        // What helper processes do to themselves before they touch what strangers made.
        .target(name: "CHelperProcess", cSettings: plainCFlags),

        // 1
        layer("StrictJSON"),
        layer("HelperProcess", ["CHelperProcess"]),
        layer("Tensors", ["CKernels"]),
        layer("AudioCore", ["CSoxr"]),

        // 2
        layer("Spectral", ["Tensors", "CFFTW", "CKernels"]),
        layer("WeightFiles", ["StrictJSON"]),
        .target(
            name: "ONNXFiles",
            dependencies: ["WeightFiles", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            exclude: ["onnx.proto"], swiftSettings: settings),

        // 3
        layer("Recognition", ["Spectral", "WeightFiles", "Tensors", "AudioCore", "StrictJSON", "CKernels", "CZlib"]),
        layer("Phonemes", ["Tensors", "HelperProcess", "CEspeak"]),
        layer(
            "Synthesis",
            [
                "Phonemes", "NeuralCodec", "Watermark", "Spectral", "WeightFiles", "ONNXFiles", "Tensors", "StrictJSON",
                "CKernels",
            ]),
        layer("NeuralCodec", ["Spectral", "WeightFiles", "Tensors", "StrictJSON", "CKernels"]),
        layer("VoiceActivity", ["Spectral", "WeightFiles", "StrictJSON", "CKernels"]),
        layer(
            "Watermark",
            ["Spectral", "AudioCore", "CKernels", .product(name: "Crypto", package: "swift-crypto")]),

        layer(
            "SpeakerIdentity",
            [
                "NeuralCodec", "Spectral", "WeightFiles", "Tensors", "StrictJSON",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),

        // 4
        layer("AudioIO", ["Watermark", "AudioCore", "HelperProcess", "CSndfile", "CALSA", "CSpeexDSP"]),
        layer(
            "Pipelines",
            [
                "Recognition", "VoiceActivity", "Synthesis", "Watermark", "Phonemes", "AudioIO", "AudioCore",
                "Spectral",
                "WeightFiles",
            ]),
        layer(
            "JobStore",
            [
                "Pipelines", "Recognition", "VoiceActivity", "AudioIO", "AudioCore", "WeightFiles", "StrictJSON",
                "Tensors", .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        layer(
            "ModelStore",
            [
                "Recognition", "Tensors", "WeightFiles", "StrictJSON", "CCurl",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),

        layer(
            "Consent",
            [
                "SpeakerIdentity", "Tensors", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),

        layer("WireProtocol", ["StrictJSON"]),

        // 5
        layer("HearsayClient", ["WireProtocol", "StrictJSON"]),
        .target(
            name: "HearsayDaemon",
            dependencies: [
                "Consent", "SpeakerIdentity", "Watermark", "HelperProcess", "WireProtocol", "JobStore", "Pipelines",
                "ModelStore", "Recognition", "VoiceActivity", "Synthesis", "Phonemes", "AudioIO", "AudioCore",
                "Tensors", "StrictJSON", "TOMLKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        .target(
            name: "HearsayHTTP",
            dependencies: [
                "HearsayDaemon", "WireProtocol", "Pipelines", "Recognition", "AudioIO", "AudioCore", "Tensors",
                "StrictJSON",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings),

        // 6
        .executableTarget(
            name: "hearsayd",
            dependencies: [
                "HearsayDaemon", "HearsayHTTP", "AudioIO", "Phonemes",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "hearsay",
            dependencies: [
                "JobStore", "Pipelines", "Recognition", "VoiceActivity", "Synthesis", "Phonemes", "NeuralCodec",
                "ModelStore", "AudioIO", "AudioCore", "HearsayClient", "WireProtocol", "StrictJSON", "Tensors",
                "WeightFiles", "Watermark", "Consent",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
        .executableTarget(
            name: "sd_hearsay", dependencies: ["HearsayClient", "WireProtocol", "StrictJSON"], swiftSettings: settings),

        tests("StrictJSONTests", ["StrictJSON"]),
        tests("WireProtocolTests", ["WireProtocol", "StrictJSON", "TestSupport"]),
        tests(
            "HearsayDaemonTests",
            [
                "HearsayDaemon", "HearsayClient", "WireProtocol", "Pipelines", "Recognition", "VoiceActivity",
                "AudioIO", "AudioCore", "StrictJSON", "Tensors", "TestSupport", "hearsay", "hearsayd", "sd_hearsay",
                "Synthesis", "Phonemes", "Consent", "SpeakerIdentity", "HelperProcess", "Watermark",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        tests("HearsayHTTPTests", ["HearsayHTTP"]),
        tests("TensorsTests", ["Tensors", "CKernels"]),
        tests("AudioCoreTests", ["AudioCore"]),
        tests("SpectralTests", ["Spectral", "WeightFiles", "CKernels", "TestSupport"]),
        tests("WeightFilesTests", ["WeightFiles", "TestSupport"]),
        tests("RecognitionTests", ["Recognition", "WeightFiles", "Spectral", "StrictJSON", "TestSupport"]),
        tests(
            "SynthesisTests",
            [
                "Synthesis", "Phonemes", "HelperProcess", "NeuralCodec", "Watermark", "AudioCore", "WeightFiles",
                "ONNXFiles", "Tensors", "StrictJSON", "TestSupport", "CZlib", "hearsay",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        tests("PhonemesTests", ["Phonemes", "HelperProcess", "Tensors", "TestSupport", "hearsay"]),
        tests("NeuralCodecTests", ["NeuralCodec", "Tensors", "WeightFiles", "StrictJSON", "TestSupport"]),
        tests("VoiceActivityTests", ["VoiceActivity", "WeightFiles", "StrictJSON", "TestSupport"]),
        tests(
            "AudioIOTests", ["AudioIO", "Watermark", "AudioCore", "HelperProcess", "CALSA", "TestSupport", "hearsay"]),
        tests(
            "PipelinesTests",
            [
                "Pipelines", "Recognition", "VoiceActivity", "Synthesis", "Phonemes", "AudioIO", "AudioCore",
                "Spectral", "Watermark", "TestSupport",
            ]),
        tests(
            "JobStoreTests",
            [
                "JobStore", "Pipelines", "Recognition", "TestSupport", "hearsay",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests(
            "SpeakerIdentityTests",
            [
                "SpeakerIdentity", "Tensors", "WeightFiles", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        tests("WatermarkTests", ["Watermark"]),
        tests(
            "ConsentTests",
            [
                "Consent", "SpeakerIdentity", "TestSupport", "hearsay",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
        tests("ModelStoreTests", ["ModelStore", "Recognition", "WeightFiles", "StrictJSON", "TestSupport"]),
        tests(
            "CommandLineTests",
            [
                "hearsay", "Pipelines", "Recognition", "AudioIO", "TestSupport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
    ]
)

/// The measuring tool of Benchmarks/run, which nobody else should have to build.
if Context.environment["HEARSAY_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "hearsay-bench",
            dependencies: [
                "Pipelines", "Recognition", "VoiceActivity", "Tensors", "Spectral", "AudioIO", "AudioCore",
                "StrictJSON",
            ],
            swiftSettings: settings))
}
