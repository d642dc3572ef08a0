import Foundation
import TestSupport
import Testing

@testable import ModelStore

/// Downloads from a local server that behaves, and misbehaves, as hubs and mirrors do.
@Suite(.enabled(if: RangeServer.python != nil, "python3 is not installed"), .serialized)
struct DownloadTests {
    let server: HubServer
    let store: TemporaryFolder
    let entry = CatalogueEntry(name: "nonsense", repository: "someone/nonsense")
    /// Not a multiple of any buffer size.
    let weights = Data((0..<300_001).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })

    init() throws {
        server = try HubServer()
        store = try TemporaryFolder()
    }

    private func pull(
        _ mode: String, _ entry: CatalogueEntry? = nil, retries: Int = 0, replacing: Bool = false
    ) throws -> ModelDownload.Summary {
        try ModelDownload(baseURL: server.address(mode), retries: retries)
            .run(entry ?? self.entry, into: store.path, replacing: replacing)
    }

    private func code(_ body: () throws -> some Any) -> ModelStoreError.Code? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? ModelStoreError)?.code
        }
    }

    private func weightRequests() throws -> [String] {
        try server.requests().filter { $0.contains("model.safetensors ") }
    }

    @Test func bringsAllFilesAndRecordsTheirDigests() throws {
        try server.publish("someone/nonsense", weights: weights)
        let summary = try pull("plain")
        #expect(summary.path == "\(store.path)/nonsense")
        #expect(try store.read("nonsense/model.safetensors") == weights)
        #expect(
            summary.files.map(\.name) == [
                "config.json", "generation_config.json", "tokenizer.json", "model.safetensors",
            ])
        #expect(summary.files.allSatisfy { $0.evidence == .firstUse })
        #expect(!store.has("nonsense.part"))
        // Python's hashlib agrees with the record.
        let record = String(decoding: try store.read("nonsense/SHA256SUMS"), as: UTF8.self)
        #expect(
            record.contains(
                "\(try RangeServer.sha256("\(store.path)/nonsense/model.safetensors"))  model.safetensors\n"))
        #expect(code { try pull("plain") } == .alreadyInstalled)
        #expect(try pull("plain", replacing: true).size == summary.size)
    }

    @Test func continuesABrokenTransferAtOnce() throws {
        try server.publish("someone/nonsense", weights: weights)
        _ = try pull("cut", retries: 1)
        #expect(try store.read("nonsense/model.safetensors") == weights)
        let requests = try weightRequests()
        #expect(requests.count == 2)
        #expect(requests.last?.hasSuffix("bytes=150000- 206") == true)
    }

    @Test func continuesInALaterCall() throws {
        try server.publish("someone/nonsense", weights: weights)
        // Each file is cut once; each call gets one file further.
        var failures = 0
        while code({ try pull("cut") }) == .interrupted { failures += 1 }
        #expect(failures == 4)
        #expect(try store.read("nonsense/model.safetensors") == weights)
        #expect(try weightRequests().last?.hasSuffix("bytes=150000- 206") == true)
        // Files that had arrived whole were not asked for again.
        #expect(try server.requests().filter { $0.contains("/config.json") }.count == 2)
    }

    @Test func givesUpWhenRetriesAreSpent() throws {
        try server.publish("someone/nonsense", weights: weights)
        #expect(code { try pull("stingy", retries: 3) } == .interrupted)
        #expect(try store.read("nonsense.part/model.safetensors.part") == weights.prefix(400))
        #expect(!store.has("nonsense"))
    }

    @Test(arguments: ["cut+norange", "cut+untagged", "cut+retag"])
    func beginsAgainWhereContinuingWouldBeWrong(mode: String) throws {
        try server.publish("someone/nonsense", weights: weights)
        _ = try pull(mode, retries: 9)
        #expect(try store.read("nonsense/model.safetensors") == weights)
        #expect(try weightRequests().last?.hasSuffix("200") == true)
    }

    @Test func refusesAnotherRangeThanTheOneAskedFor() throws {
        try server.publish("someone/nonsense", weights: weights)
        #expect(code { try pull("cut+shifted", retries: 9) } == .transport)
    }

    @Test func finishesAFileThatWasCompleteButNotYetRenamed() throws {
        try server.publish("someone/nonsense", weights: weights)
        while code({ try pull("cut") }) == .interrupted {
            guard store.has("nonsense.part/model.safetensors.part") else { continue }
            try store.write("nonsense.part/model.safetensors.part", weights)
        }
        #expect(try store.read("nonsense/model.safetensors") == weights)
        #expect(try weightRequests().last?.hasSuffix("416") == true)
    }

    @Test func checksTheDigestOfTheRedirect() throws {
        try server.publish("someone/nonsense", weights: weights)
        #expect(try pull("linked").files.allSatisfy { $0.evidence == .header })
        #expect(code { try pull("badlinked", replacing: true) } == .digestMismatch)
        // The model that was there stays, the bad file does not.
        #expect(try store.read("nonsense/model.safetensors") == weights)
        #expect(!store.has("nonsense.part/config.json.part"))
    }

    @Test func checksTheMirrorsList() throws {
        try server.publish("someone/nonsense", weights: weights)
        let right = try RangeServer.sha256("\(server.folder.path)/someone/nonsense/resolve/main/model.safetensors")
        let list = "someone/nonsense/resolve/main/SHA256SUMS"
        try server.folder.write(list, Data("\(right) *model.safetensors\n".utf8))
        #expect(try pull("plain").files.last?.evidence == .mirror)
        try server.folder.write(list, Data("\(String(right.reversed()))  model.safetensors\n".utf8))
        #expect(code { try pull("plain", replacing: true) } == .digestMismatch)
    }

    @Test func checksTheCatalogueBeforeAnythingElse() throws {
        try server.publish("someone/nonsense", weights: weights)
        let wrong = CatalogueEntry(
            name: "nonsense", repository: "someone/nonsense",
            digests: ["model.safetensors": String(repeating: "a", count: 64)])
        #expect(code { try pull("linked", wrong) } == .digestMismatch)
        #expect(!store.has("nonsense"))
    }

    @Test func fallsBackToTheOlderFiles() throws {
        try server.publish("someone/nonsense", weights: weights, leavingOut: ["tokenizer.json", "model.safetensors"])
        let folder = "someone/nonsense/resolve/main"
        for name in ["vocab.json", "merges.txt", "a-1.safetensors", "a-2.safetensors"] {
            try server.folder.write("\(folder)/\(name)", Data(name.utf8))
        }
        let index = #"{"weight_map": {"x": "a-1.safetensors", "y": "a-2.safetensors", "z": "a-1.safetensors"}}"#
        try server.folder.write("\(folder)/model.safetensors.index.json", Data(index.utf8))
        _ = try pull("plain")
        #expect(try store.read("nonsense/a-2.safetensors") == Data("a-2.safetensors".utf8))
        #expect(store.has("nonsense/merges.txt"))
    }

    @Test func namesFromTheNetworkDoNotLeaveTheFolder() throws {
        try server.publish("someone/nonsense", weights: weights, leavingOut: ["model.safetensors"])
        try server.folder.write("evil.safetensors", Data("evil".utf8))
        for shard in [
            "../../../evil.safetensors", "/tmp/evil.safetensors", ".evil.safetensors", "a\\u0000.safetensors",
            "config.json", "",
        ] {
            try server.folder.write(
                "someone/nonsense/resolve/main/model.safetensors.index.json",
                Data(#"{"weight_map": {"x": "\#(shard)"}}"#.utf8))
            try? FileManager.default.removeItem(atPath: "\(store.path)/nonsense.part")
            #expect(code { try pull("plain") } == .indexInvalid, "\(shard)")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: store.path)
        #expect(names == ["nonsense.part"])
    }

    @Test func aPlantedLinkIsNotFollowed() throws {
        try server.publish("someone/nonsense", weights: weights)
        let victim = try store.write("victim", Data("precious".utf8))
        try FileManager.default.createDirectory(
            atPath: "\(store.path)/nonsense.part", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(store.path)/nonsense.part/config.json.part", withDestinationPath: victim)
        try store.write("nonsense.part/SOURCE", Data("\(server.address("plain"))/someone/nonsense/resolve/main".utf8))
        #expect(code { try pull("plain") } == .fileSystem)
        #expect(try store.read("victim") == Data("precious".utf8))
    }

    @Test func whatAnotherAddressSentIsFetchedAnew() throws {
        try server.publish("someone/nonsense", weights: weights)
        while try weightRequests().isEmpty { #expect(code { try pull("cut") } == .interrupted) }
        #expect(store.has("nonsense.part/config.json"))
        let before = try server.requests().filter { $0.contains("/config.json") }.count
        let summary = try pull("plain")
        #expect(!summary.files.contains { $0.evidence == .earlier })
        #expect(try server.requests().filter { $0.contains("/config.json") }.count == before + 1)
        #expect(try !store.names("nonsense").contains("SOURCE"))
    }

    @Test func replacingRemovesFoldersInTheOldModel() throws {
        try server.publish("someone/nonsense", weights: weights)
        try store.write("nonsense/own/deep/notes", Data("old".utf8))
        try store.write("nonsense.old.part/mine", Data("mine".utf8))
        for _ in 0..<2 { _ = try pull("plain", replacing: true) }
        #expect(try store.names() == ["nonsense", "nonsense.old.part"])
        #expect(!store.has("nonsense/own"))
    }

    @Test func theOldFolderComesBackWhenTheNewOneCannotTakeItsPlace() throws {
        try store.write("nonsense/notes", Data("old".utf8))
        #expect(throws: ModelStoreError.self) {
            try FileSystem.replace("\(store.path)/nonsense", with: "\(store.path)/missing")
        }
        #expect(try store.text("nonsense/notes") == "old")
        #expect(try store.names() == ["nonsense"])
    }

    @Test func replacingALinkLeavesWhatItPointsTo() throws {
        try server.publish("someone/nonsense", weights: weights)
        try store.write("elsewhere/precious", Data("precious".utf8))
        try FileManager.default.createSymbolicLink(
            atPath: "\(store.path)/nonsense", withDestinationPath: "\(store.path)/elsewhere")
        _ = try pull("plain", replacing: true)
        #expect(try store.text("elsewhere/precious") == "precious")
        #expect(try store.names() == ["elsewhere", "nonsense"])
        #expect(try store.read("nonsense/model.safetensors") == weights)
    }

    @Test func saysWhatIsWrongWithTheAddress() throws {
        #expect(code { try pull("plain") } == .httpStatus)
        #expect(code { try pull("refused") } == .httpStatus)
        let unreachable = ModelDownload(baseURL: "http://127.0.0.1:1")
        do {
            _ = try unreachable.run(entry, into: store.path)
            Issue.record("a closed port was reached")
        } catch {
            #expect(error.code == .unreachable)
            #expect(error.message.contains("Without a network"))
            #expect(error.message.contains("\(store.path)/nonsense"))
        }
        #expect(code { try ModelDownload(baseURL: "file:///etc").run(entry, into: store.path) } == .nameInvalid)
    }

    @Test func stopsWhenAsked() throws {
        try server.publish("someone/nonsense", weights: weights)
        #expect(
            code {
                try ModelDownload(baseURL: server.address("plain")).run(entry, into: store.path, shouldStop: { true })
            }
                == .cancelled)
    }

    @Test func verificationFindsWhatHasChanged() throws {
        try server.publish("someone/nonsense", weights: weights)
        _ = try pull("plain")
        let model = try #require(ModelLibrary.model(at: "\(store.path)/nonsense"))
        let intact = try ModelVerification(of: model)
        #expect(intact.isIntact && intact.hasRecord && intact.files.count == 4)
        var damaged = weights
        damaged[150_000] ^= 1
        try store.write("nonsense/model.safetensors", damaged)
        try FileManager.default.removeItem(atPath: "\(store.path)/nonsense/tokenizer.json")
        let verification = try ModelVerification(of: model)
        #expect(!verification.isIntact)
        #expect(verification.files.map(\.state).contains(.missing))
        let expected = try RangeServer.sha256("\(store.path)/nonsense/model.safetensors")
        #expect(verification.files.contains { $0.name == "model.safetensors" && $0.state == .changed(expected) })
    }
}
