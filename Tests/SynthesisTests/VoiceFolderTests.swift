import Foundation
import Synthesis
import Tensors
import TestSupport
import Testing

/// Voices that are not as they should be.
@Suite struct VoiceFolderTests {
    @Test(arguments: [
        ("\"hearsay-voice\"", "\"piper\"", SynthesisError.Code.voiceFormatUnsupported),
        ("\"version\": 1", "\"version\": 2", .voiceFormatUnsupported),
        ("\"version\": 1,", "", .voiceFormatUnsupported),
        ("\"name\": \"tiny\"", "\"name\": \"\"", .voiceConfigurationInvalid),
        ("\"name\": \"tiny\"", "\"name\": 7", .voiceConfigurationInvalid),
        ("\"sample_rate\": 22050", "\"sample_rate\": 1e99", .voiceConfigurationInvalid),
        ("\"sample_rate\": 22050", "\"sample_rate\": 24000", .voiceConfigurationInvalid),
        ("\"hop_length\": 256", "\"hop_length\": 0", .voiceConfigurationInvalid),
        ("\"default_speaker\": \"low\"", "\"default_speaker\": \"nobody\"", .voiceConfigurationInvalid),
        ("\"index\": 2", "\"index\": 3", .voiceConfigurationInvalid),
        ("\"index\": 2", "\"index\": -1", .voiceConfigurationInvalid),
        ("\"pitch_mean\": 4.7", "\"pitch_mean\": 1e30", .voiceConfigurationInvalid),
        ("\"high\"", "\"low\"", .voiceConfigurationInvalid),
        ("\"ə\"", "\"h\"", .voiceConfigurationInvalid),
        ("\"ə\",", "", .voiceTensorInvalid),
        ("\"ə\"", "null", .voiceConfigurationInvalid),
        ("\"dim\": 16", "\"dim\": 15", .voiceTensorInvalid),
        ("\"dim\": 16", "\"dim\": 9007199254740993", .voiceConfigurationInvalid),
        ("\"hidden\": 24", "\"hidden\": 25", .voiceTensorInvalid),
        ("\"decoder_blocks\": 3", "\"decoder_blocks\": 4", .voiceTensorInvalid),
        ("\"decoder_blocks\": 3", "\"decoder_blocks\": 0", .voiceConfigurationInvalid),
        ("\"speaker_width\": 64", "\"speaker_width\": 63", .voiceTensorInvalid),
        ("phoneme-model.safetensors", "../voice/phoneme-model.safetensors", .voiceConfigurationInvalid),
        ("phoneme-model.safetensors", "absent.safetensors", .voiceUnreadable),
        ("phoneme-model.safetensors", "codec.safetensors", .voiceTensorInvalid),
        ("\"codec.safetensors\"", "\"phoneme-model.safetensors\"", .voiceTensorInvalid),
        ("\"codec.safetensors\"", "\"absent.safetensors\"", .voiceUnreadable),
        ("\"codec\": {", "\"codek\": {", .voiceConfigurationInvalid),
        ("clone.safetensors", "absent.safetensors", .voiceUnreadable),
        ("clone.safetensors", "codec.safetensors", .voiceTensorInvalid),
        ("\"embedding\": 192", "\"embedding\": 191", .voiceTensorInvalid),
        ("\"corrected_bins\": 86", "\"corrected_bins\": 85", .voiceTensorInvalid),
        ("\"corrected_bins\": 86", "\"corrected_bins\": 1024", .voiceTensorInvalid),
        ("\"syllables_per_second\": 4.5", "\"syllables_per_second\": 0", .voiceConfigurationInvalid),
        ("\"calibration\": [", "\"calibration\": [7, ", .voiceConfigurationInvalid),
        ("{", "", .voiceConfigurationInvalid),
    ])
    func refuses(found: String, replacement: String, code: SynthesisError.Code) throws {
        let folder = try Self.copy { json in
            guard let range = json.range(of: found) else { return }
            json.replaceSubrange(range, with: replacement)
        }
        let error = #expect(throws: SynthesisError.self) { try Self.open(folder) }
        #expect(error?.code == code)
    }

    @Test func passesOverUnknownKeys() throws {
        let folder = try Self.copy {
            $0 = $0.replacingOccurrences(of: "\"version\"", with: "\"new\": [{}], \"version\"")
        }
        #expect(try Self.open(folder).speakers == ["low", "high"])
    }

    @Test(arguments: ["voice.json", "phoneme-model.safetensors", "codec.safetensors", "clone.safetensors"])
    func refusesTruncatedAndMissingFiles(name: String) throws {
        let folder = try Self.copy { _ in }
        let whole = try folder.read(name)
        for size in [0, 1, 9, whole.count / 2, whole.count - 2] {
            try folder.write(name, whole.prefix(size))
            #expect(throws: SynthesisError.self) { try Self.open(folder) }
        }
        try FileManager.default.removeItem(at: folder.url(name))
        let error = #expect(throws: SynthesisError.self) { try Self.open(folder) }
        #expect(error?.code == .voiceUnreadable)
    }

    private static func open(_ folder: TemporaryFolder) throws -> NeuralVoice {
        let pool = try #require(ThreadPool(threads: 1))
        return try NeuralVoice.open(folder.path, pool: pool)
    }

    private static func copy(_ change: (inout String) -> Void) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let source = URL(fileURLWithPath: TinyVoice.folder).appendingPathComponent("voice")
        for name in ["phoneme-model.safetensors", "codec.safetensors", "clone.safetensors"] {
            try folder.write(name, Data(contentsOf: source.appendingPathComponent(name)))
        }
        var json = String(decoding: try Data(contentsOf: source.appendingPathComponent("voice.json")), as: UTF8.self)
        change(&json)
        try folder.write("voice.json", json.utf8)
        return folder
    }
}
