import Foundation
import TestSupport
import Testing
import WeightFiles

private func shard(_ name: String, _ value: UInt8) -> [UInt8] {
    let header = #"{"\#(name)":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
    return littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + [value]
}

private let badIndices: [BadInput<String>] = [
    BadInput("not JSON", .safetensorsIndex, "weights"),
    BadInput("no weight_map", .safetensorsIndex, "{}"),
    BadInput("weight_map twice", .safetensorsIndex, #"{"weight_map":{},"weight_map":{}}"#),
    BadInput("weight_map is a list", .safetensorsIndex, #"{"weight_map":[]}"#),
    BadInput("file is a number", .safetensorsIndex, #"{"weight_map":{"a":1}}"#),
    BadInput("../../etc/passwd", .safetensorsIndex, #"{"weight_map":{"a":"../../etc/passwd"}}"#),
    BadInput("parent's file", .safetensorsIndex, #"{"weight_map":{"a":"../one.safetensors"}}"#),
    BadInput("sub-directory", .safetensorsIndex, #"{"weight_map":{"a":"x/one.safetensors"}}"#),
    BadInput("absolute path", .safetensorsIndex, #"{"weight_map":{"a":"/tmp/one.safetensors"}}"#),
    BadInput("escaped slash", .safetensorsIndex, #"{"weight_map":{"a":"..\u002fone.safetensors"}}"#),
    BadInput("NUL", .safetensorsIndex, #"{"weight_map":{"a":"one\u0000.safetensors"}}"#),
    BadInput("itself", .safetensorsIndex, #"{"weight_map":{"a":"model.safetensors.index.json"}}"#),
    BadInput("empty name", .safetensorsIndex, #"{"weight_map":{"a":""}}"#),
    BadInput(
        "the same tensor twice", .safetensorsIndex, #"{"weight_map":{"a":"one.safetensors","a":"two.safetensors"}}"#),
    BadInput("tensor not in its file", .safetensorsIndex, #"{"weight_map":{"a":"two.safetensors"}}"#),
    BadInput("missing file", .fileOpen, #"{"weight_map":{"a":"three.safetensors"}}"#),
    BadInput("malformed file", .safetensorsHeaderLength, #"{"weight_map":{"a":"bad.safetensors"}}"#),
]

@Suite struct SafetensorsIndexTests {
    private func directory() throws -> TemporaryFolder {
        let directory = try TemporaryFolder()
        try directory.write("one.safetensors", shard("a", 1))
        try directory.write("two.safetensors", shard("b", 2))
        try directory.write("bad.safetensors", [UInt8](repeating: 0xFF, count: 64))
        return directory
    }

    @Test(arguments: badIndices) func refuses(_ input: BadInput<String>) throws {
        let directory = try directory()
        try directory.write("model.safetensors.index.json", Array(input.contents.utf8))
        #expect(failure { try SafetensorsIndex(directory: directory.path) }?.code == input.code)
    }

    @Test func findsTensorsInTheirShards() throws {
        let directory = try directory()
        let index = #"{"metadata":{"total_size":2},"weight_map":{"b":"two.safetensors","a":"one.safetensors"}}"#
        try directory.write("model.safetensors.index.json", Array(index.utf8))
        let model = try SafetensorsIndex(directory: directory.path)
        #expect(model.names == ["b", "a"])
        #expect(model.shards.count == 2)
        #expect(model["a"]?.contents == [1])
        #expect(model["b"]?.contents == [2])
        #expect(model["c"] == nil)
        try model.verifyUnchanged()
        try directory.write("two.safetensors", [])
        #expect(failure { try model.verifyUnchanged() } == nil, "replaced by renaming, so the mapping is whole")
    }

    @Test func prefersTheSingleFile() throws {
        let directory = try directory()
        try directory.write("model.safetensors", shard("c", 3))
        try directory.write("model.safetensors.index.json", Array("nonsense".utf8))
        let model = try SafetensorsIndex(directory: directory.path)
        #expect(model.names == ["c"])
        #expect(model["c"]?.contents == [3])
    }

    @Test func followsLinksToShards() throws {
        let directory = try directory()
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: directory.path + "/link.safetensors", withDestinationPath: "one.safetensors")
        try directory.write("model.safetensors.index.json", Array(#"{"weight_map":{"a":"link.safetensors"}}"#.utf8))
        #expect(try SafetensorsIndex(directory: directory.path)["a"]?.contents == [1])
    }

    @Test func namesTheFileThatIsMissing() throws {
        let directory = try TemporaryFolder()
        let error = failure { try SafetensorsIndex(directory: directory.path) }
        #expect(error?.code == .fileOpen)
        #expect(error?.path == directory.path + "/model.safetensors")
    }
}
