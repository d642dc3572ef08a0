import ModelStore
import TestSupport
import Testing

@Suite struct VoiceLibraryTests {
    private let folder: TemporaryFolder
    private let library: VoiceLibrary

    init() throws {
        folder = try TemporaryFolder()
        library = VoiceLibrary(
            directories: ["\(folder.path)/mine", "\(folder.path)/shared"], embedded: ["\(folder.path)/shared"])
        try folder.write("mine/zoe/voice.json", [1, 2])
        try folder.write("mine/zoe/codec.safetensors", [1, 2, 3])
        try folder.write("mine/amy.onnx", [1])
        try folder.write("mine/amy.onnx.json", [])
        try folder.write("mine/lone.onnx", [])
        try folder.write("mine/.hidden/voice.json", [])
        try folder.write("mine/empty/readme", [])
        try folder.write("shared/zoe/voice.json", [])
        try folder.write("shared/kim/voice.json", [])
        try folder.write("shared/ben/ben-medium.onnx", [])
        try folder.write("shared/ben/ben-medium.onnx.json", [])
    }

    @Test func findsVoicesOfBothForms() {
        let installed = library.installed()
        #expect(installed.map(\.name) == ["amy", "ben", "kim", "zoe"])
        #expect(installed.map(\.form) == [.piper, .piper, .neural, .neural])
        #expect(installed.map(\.size) == [1, 0, 0, 5])
        #expect(installed[1].path == "\(folder.path)/shared/ben/ben-medium.onnx")
    }

    @Test func resolvesNamesAndPaths() throws {
        // The first folder wins.
        #expect(try library.resolve("zoe").path == "\(folder.path)/mine/zoe")
        #expect(try library.resolve("\(folder.path)/shared/zoe/").path == "\(folder.path)/shared/zoe")
        #expect(try library.resolve("\(folder.path)/mine/amy.onnx").form == .piper)
        for unknown in ["max", "\(folder.path)/mine/lone.onnx", "\(folder.path)/mine/empty", "", "/"] {
            let error = #expect(throws: ModelStoreError.self) { try library.resolve(unknown) }
            #expect(error?.code == .unknownVoice)
        }
    }

    @Test func findsEspeaksVoiceByItsName() throws {
        #expect(try library.resolve("espeak-ng") == .espeak)
        let german = try library.resolve("espeak-ng:de")
        #expect(german.form == .espeak && german.namedLanguage == "de" && InstalledVoice.espeak.namedLanguage == nil)
        #expect(throws: ModelStoreError.self) { try library.resolve("espeak-ng:") }
        try folder.write("mine/espeak-ng/voice.json", [])
        #expect(try library.resolve("espeak-ng").form == .neural)
    }

    @Test func takesTheVoiceThatCameWithHearsayUnlessOneIsNamed() throws {
        #expect(try library.resolve(nil).name == "ben")
        let own = VoiceLibrary(directories: ["\(folder.path)/mine"])
        #expect(throws: ModelStoreError.self) { try own.resolve(nil) }
        let single = VoiceLibrary(directories: ["\(folder.path)/shared/kim", "\(folder.path)/nowhere"])
        let error = #expect(throws: ModelStoreError.self) { try single.resolve(nil) }
        #expect(error?.code == .voiceUnspecified)
    }
}
