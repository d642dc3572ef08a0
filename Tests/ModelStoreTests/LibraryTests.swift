import Foundation
import TestSupport
import Testing

@testable import ModelStore

@Suite struct LibraryTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func addFolder(_ name: String) throws {
        try folder.write("\(name)/config.json", Data("{}".utf8))
        try folder.write("\(name)/model.safetensors", Data(count: 10))
    }

    @Test func findsFoldersAndFilesByName() throws {
        try addFolder("one/base")
        try addFolder("two/base")
        try addFolder("two/large-v3-turbo")
        try addFolder("two/half.part")
        try folder.write("two/ggml-tiny.en-q5_1.bin", Data(count: 3))
        try folder.write("two/notes.txt", Data())
        let library = ModelLibrary(directories: ["\(folder.path)/one", "\(folder.path)/two", "\(folder.path)/missing"])
        #expect(library.installed().map(\.name) == ["base", "large-v3-turbo", "tiny.en-q5_1"])
        #expect(try library.resolve("base").path == "\(folder.path)/one/base")
        #expect(try library.resolve("base").size == 12)
        #expect(try library.resolve("turbo").name == "large-v3-turbo")
        #expect(try library.resolve("tiny.en-q5_1").form == .ggml)
        #expect(try library.resolve("\(folder.path)/two/base/").path == "\(folder.path)/two/base")
    }

    @Test func explainsWhatIsNotThere() throws {
        let library = ModelLibrary(directories: [folder.path])
        func message(_ argument: String?) -> String {
            do {
                return "found \(try library.resolve(argument).path)"
            } catch {
                return error.description
            }
        }
        #expect(message("small").contains("`hearsay models pull small`"))
        #expect(message("smal").contains("`hearsay models list`"))
        #expect(message("./no/such.bin").contains("does not exist"))
        #expect(message(folder.path).contains("neither a model folder nor a ggml file"))
        #expect(message(nil).hasPrefix("store.model_unspecified: no model is installed"))
        try addFolder("base")
        #expect(message(nil) == "found \(folder.path)/base")
        try addFolder("small")
        #expect(message(nil).contains("choose one with --model (installed: base, small)"))
    }

    @Test func theModelThatCameAlongIsForThoseWhoInstalledNone() throws {
        let library = ModelLibrary(
            directories: ["\(folder.path)/mine", "\(folder.path)/share", "\(folder.path)/tree"],
            embedded: ["\(folder.path)/share", "\(folder.path)/tree"])
        #expect(throws: ModelStoreError.self) { try library.resolve(nil) }
        try addFolder("tree/hearsay-en")
        try folder.write("tree/voice-activity/model.safetensors", Data(count: 10))
        #expect(try library.resolve(nil).path == "\(folder.path)/tree/hearsay-en")
        try addFolder("share/hearsay-en")
        #expect(try library.resolve(nil).path == "\(folder.path)/share/hearsay-en")
        try addFolder("mine/small")
        #expect(try library.resolve(nil).name == "small")
        #expect(try library.resolve("hearsay-en").path == "\(folder.path)/share/hearsay-en")
        try addFolder("mine/base")
        #expect(throws: ModelStoreError.self) { try library.resolve(nil) }
    }

    @Test func aPreviewIsTakenByNameOrForWantOfOthers() throws {
        let library = ModelLibrary(
            directories: ["\(folder.path)/mine", "\(folder.path)/share", "\(folder.path)/tree"],
            embedded: ["\(folder.path)/share", "\(folder.path)/tree"])
        try addFolder("share/hearsay-en")
        try folder.write("share/hearsay-en/PREVIEW", Data())
        #expect(try library.resolve(nil).isPreview)
        #expect(try library.resolve("hearsay-en").isPreview)
        try addFolder("tree/small.en")
        #expect(try library.resolve(nil).name == "small.en")
        try addFolder("mine/base")
        #expect(try library.resolve(nil).name == "base")
        #expect(try !library.resolve(nil).isPreview)
    }

    /// `Sources` lies in the folder that the tests run in, or any other folder does.
    @Test func aFolderThatIsNoModelHidesNone() throws {
        let manager = FileManager.default
        let names = try manager.contentsOfDirectory(atPath: manager.currentDirectoryPath)
        let name = try #require(
            names.first { name in
                var isFolder: ObjCBool = false
                return manager.fileExists(atPath: name, isDirectory: &isFolder) && isFolder.boolValue
                    && !name.hasPrefix(".")
            })
        let library = ModelLibrary(directories: [folder.path])
        #expect(throws: ModelStoreError.self) { try library.resolve(name) }
        try addFolder(name)
        #expect(try library.resolve(name).path == "\(folder.path)/\(name)")
    }

    @Test func searchesTheUsualPlaces() {
        let library = ModelLibrary(
            environment: ["HOME": "/home/u", "HEARSAY_DATA": "/data"],
            executable: "/src/hearsay/.build/x86_64-unknown-linux-gnu/release/hearsay")
        #expect(
            library.directories == [
                "/home/u/.local/share/hearsay/models", "/var/lib/hearsay/models",
                "/src/hearsay/.build/x86_64-unknown-linux-gnu/share/hearsay/Models", "/data/Models",
                "/src/hearsay/Models",
            ])
        #expect(ModelLibrary.userDirectory(environment: ["HOME": "/h", "XDG_DATA_HOME": "/x"]) == "/x/hearsay/models")
        #expect(
            ModelLibrary.userDirectory(environment: ["HOME": "/h", "XDG_DATA_HOME": "x"])
                == "/h/.local/share/hearsay/models")
    }

    @Test func knowsThePublicModels() throws {
        #expect(try ModelCatalogue.entry(named: "large").repository == "openai/whisper-large-v3")
        #expect(try ModelCatalogue.entry(named: "large-v1").repository == "openai/whisper-large")
        #expect(try ModelCatalogue.entry(named: "distil-small.en").repository == "distil-whisper/distil-small.en")
        #expect(try ModelCatalogue.entry(named: "someone/whisper-x").name == "whisper-x")
        #expect(Set(ModelCatalogue.entries.map(\.name)).count == ModelCatalogue.entries.count)
        for name in ["../x", "a/b/c", "/etc", "a/..", "a/.b", "a/", "a/b c", "nothing"] {
            #expect(throws: ModelStoreError.self) { try ModelCatalogue.entry(named: name) }
        }
    }

    @Test func readsListsOfDigests() {
        let digest = String(repeating: "0123456789abcdef", count: 4)
        let record = DigestRecord(
            parsing: """
                \(digest)  a.bin
                \(digest.uppercased()) *b.bin
                \(digest)  ../c.bin
                \(digest.dropLast())  d.bin
                # a remark

                """)
        #expect(record.digests == ["a.bin": digest, "b.bin": digest])
    }

    @Test func headersOfSeveralResponses() {
        var head = HTTPResponseHead()
        for line in [
            "HTTP/1.1 302 Found\r\n", "X-Linked-Etag: \"abc\"\r\n", "ETag: \"first\"\r\n", "\r\n", "HTTP/2 206 \r\n",
            "etag: W/\"second\"\r\n", "Last-Modified: Tue, 01 Jan 2030 00:00:00 GMT\r\n", "content-length: 12\r\n",
            "Content-Range: bytes 5-16/17\r\n", "nonsense\r\n", "content-length: -3\r\n",
        ] { head.take(line) }
        #expect(head.status == 206)
        #expect(head.linkedEntityTag == "abc")
        #expect(head.entityTag == "second")
        #expect(head.validator == "Tue, 01 Jan 2030 00:00:00 GMT")
        #expect(head.contentLength == nil)
        #expect(head.range?.first == 5 && head.range?.total == 17)
    }
}
