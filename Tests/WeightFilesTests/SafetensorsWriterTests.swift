import Foundation
import TestSupport
import Testing
import WeightFiles

@Suite struct SafetensorsWriterTests {
    private static let declarations = [
        SafetensorsWriter.Declaration(name: "bytes", type: .i8, shape: [3]),
        SafetensorsWriter.Declaration(name: "half", type: .f16, shape: [2, 3]),
        SafetensorsWriter.Declaration(name: "none", type: .f32, shape: [0, 4]),
        SafetensorsWriter.Declaration(name: "float", type: .f32, shape: [2]),
        SafetensorsWriter.Declaration(name: "scalar", type: .f32, shape: []),
    ]

    private func contents(_ name: String, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ name.utf8.count) & 0x3F }
    }

    private static let sizes = ["bytes": 3, "half": 12, "none": 0, "float": 8, "scalar": 4]

    private func write(to path: String, metadata: [String: String] = [:]) throws {
        let writer = try SafetensorsWriter(path: path, tensors: Self.declarations, metadata: metadata)
        for tensor in writer.tensors {
            let data = contents(tensor.name, Self.sizes[tensor.name] ?? 0)
            // In pieces, as a converter does.
            for start in stride(from: 0, to: data.count, by: 5) {
                try data[start..<min(start + 5, data.count)].withUnsafeBytes { try writer.append($0, to: tensor.name) }
            }
        }
        try writer.finish()
    }

    @Test func readsBackWhatItWrote() throws {
        let directory = try TemporaryFolder()
        let path = directory.path + "/m.safetensors"
        try write(to: path, metadata: ["format": "pt", "b": "ü\"", "a": ""])
        #expect(try directory.names() == ["m.safetensors"])
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["format": "pt", "b": "ü\"", "a": ""])
        #expect(Set(file.names) == Set(Self.declarations.map(\.name)))
        for declaration in Self.declarations {
            let tensor = try file.tensor(declaration.name, shape: declaration.shape)
            #expect(tensor.type == declaration.type)
            #expect(tensor.contents == contents(declaration.name, Self.sizes[declaration.name] ?? 0))
            if let base = tensor.bytes.baseAddress, !tensor.bytes.isEmpty {
                #expect(UInt(bitPattern: base) % UInt(tensor.type.blockBytes) == 0, "\(declaration.name) is aligned")
            }
        }
    }

    @Test(.enabled(if: Python.hasSafetensors, "needs a Python with safetensors and numpy (HEARSAY_PYTHON)"))
    func pythonReadsWhatItWrote() throws {
        let directory = try TemporaryFolder()
        let path = directory.path + "/m.safetensors"
        try write(to: path, metadata: ["format": "np"])
        let script = """
            import sys, numpy as np
            from safetensors import safe_open
            from safetensors.numpy import load_file
            t = load_file(sys.argv[1])
            def data(name, n): return bytes((i * 31 + len(name)) & 0x3F for i in range(n))
            want = {"bytes": ("int8", (3,), 3), "half": ("float16", (2, 3), 12), "none": ("float32", (0, 4), 0),
                    "float": ("float32", (2,), 8), "scalar": ("float32", (), 4)}
            assert set(t) == set(want), t.keys()
            for name, (dtype, shape, n) in want.items():
                assert t[name].dtype == dtype and t[name].shape == shape and t[name].tobytes() == data(name, n), name
            assert safe_open(sys.argv[1], "np").metadata() == {"format": "np"}
            """
        #expect(try Python.run(script, [path]) == 0)
    }

    @Test(.enabled(if: Python.hasSafetensors, "needs a Python with safetensors and numpy (HEARSAY_PYTHON)"))
    func readsWhatPythonWrote() throws {
        let directory = try TemporaryFolder()
        let path = directory.path + "/m.safetensors"
        let script = """
            import sys, numpy as np
            from safetensors.numpy import save_file
            t = {d: np.arange(6).reshape(2, 3).astype(d) for d in
                 ["float64", "float32", "float16", "int8", "uint8", "int16", "int32", "int64"]}
            t |= {"flags": np.array([True, False, True]), "scalar": np.array(1.5, "float32"),
                  "none": np.zeros((0, 2), "int8")}
            save_file(t, sys.argv[1], {"k": "v \\"é\\""})
            """
        #expect(try Python.run(script, [path]) == 0)
        let file = try SafetensorsFile(path: path)
        #expect(file.metadata == ["k": "v \"é\""])
        #expect(file.names.count == 11)
        let types: [(String, ElementType)] = [
            ("float64", .f64), ("float32", .f32), ("float16", .f16), ("int8", .i8), ("uint8", .u8), ("int16", .i16),
            ("int32", .i32), ("int64", .i64),
        ]
        for (name, type) in types { #expect(try file.tensor(name, shape: [2, 3]).type == type) }
        #expect(
            try file.tensor("float32", shape: [2, 3]).contents == (0..<6).flatMap { littleEndian(Float($0).bitPattern) }
        )
        #expect(try file.tensor("int64", shape: [2, 3]).contents == (0..<6).flatMap { littleEndian(Int64($0)) })
        #expect(try file.tensor("flags", shape: [3]).contents == [1, 0, 1])
        #expect(try file.tensor("scalar", shape: []).contents == littleEndian(Float(1.5).bitPattern))
        #expect(try file.tensor("none", shape: [0, 2]).bytes.isEmpty)
    }

    @Test func leavesNothingWhenItIsDropped() throws {
        let directory = try TemporaryFolder()
        let path = try directory.write("m.safetensors", [9])
        do {
            let writer = try SafetensorsWriter(path: path, tensors: Self.declarations)
            let names = try directory.names()
            #expect(names.count == 2 && names.contains { $0.hasSuffix(".part") })
            #expect(failure { try writer.finish() }?.code == .safetensorsSize)
        }
        #expect(try directory.names() == ["m.safetensors"])
        #expect(try MappedFile(path: path).withBytes { Array($0) } == [9])
    }

    @Test func refusesDataOutOfTurn() throws {
        let directory = try TemporaryFolder()
        let writer = try SafetensorsWriter(path: directory.path + "/m", tensors: Self.declarations)
        #expect(writer.tensors.map(\.name) == ["none", "float", "scalar", "half", "bytes"])
        let data = [UInt8](repeating: 0, count: 9)
        #expect(failure { try data.withUnsafeBytes { try writer.append($0, to: "half") } }?.code == .safetensorsSize)
        #expect(failure { try data.withUnsafeBytes { try writer.append($0, to: "float") } }?.code == .safetensorsSize)
    }

    @Test func refusesWhatTheFormatLacks() throws {
        let directory = try TemporaryFolder()
        func code(_ declarations: [SafetensorsWriter.Declaration]) -> WeightFileError.Code? {
            failure { try SafetensorsWriter(path: directory.path + "/m", tensors: declarations) }?.code
        }
        #expect(code([.init(name: "q", type: .q8_0, shape: [32])]) == .safetensorsType)
        #expect(code([.init(name: "q", type: .f32, shape: [-1])]) == .safetensorsShape)
        #expect(code([.init(name: "q", type: .f32, shape: [1 << 40, 1 << 40])]) == .safetensorsShape)
        #expect(
            code([.init(name: "q", type: .i8, shape: [.max]), .init(name: "r", type: .i8, shape: [1])])
                == .safetensorsShape)
        #expect(
            code([.init(name: "q", type: .f32, shape: [1]), .init(name: "q", type: .f32, shape: [1])])
                == .safetensorsDuplicate)
        #expect(code([.init(name: "__metadata__", type: .f32, shape: [1])]) == .safetensorsDuplicate)
        #expect(failure { try SafetensorsWriter(path: directory.path + "/no/m", tensors: []) }?.code == .fileWrite)
        #expect(try directory.names().isEmpty)
    }

    @Test func writersOfOneNameDoNotMeet() throws {
        let directory = try TemporaryFolder()
        let path = directory.path + "/text"
        try directory.write("text.part", [7])
        let first = try AtomicFile(path: path)
        let second = try AtomicFile(path: path)
        try first.write([1, 2, 3])
        try second.write([4])
        try first.commit()
        #expect(try MappedFile(path: path).withBytes { Array($0) } == [1, 2, 3])
        try second.commit()
        #expect(try MappedFile(path: path).withBytes { Array($0) } == [4])
        #expect(try MappedFile(path: path + ".part").withBytes { Array($0) } == [7])
        #expect(try directory.names() == ["text", "text.part"])
    }

    @Test func refusesAtOnceWhatCouldNotBeCommitted() throws {
        let directory = try TemporaryFolder()
        let longest = String(repeating: "n", count: 255)
        let file = try AtomicFile(path: "\(directory.path)/\(longest)")
        try file.commit()
        #expect(try directory.names() == [longest])
        #expect(failure { try AtomicFile(path: "\(directory.path)/\(longest)n") }?.code == .fileWrite)
        #expect(failure { try AtomicFile(path: directory.path) }?.code == .fileWrite)
        #expect(failure { try AtomicFile(path: "\(directory.path)/no/file") }?.code == .fileWrite)
        #expect(failure { try AtomicFile(path: "") }?.code == .fileWrite)
        #expect(try directory.names() == [longest])
    }

    @Test func reportsADiskThatIsFull() throws {
        let file = try AtomicFile(path: "/dev/shm/hearsay-\(UUID().uuidString)")
        let before = file.count
        try file.write([1, 2, 3])
        #expect(file.count == before + 3)
        #expect(failure { try AtomicFile(path: "/proc/hearsay-cannot-be-here") }?.code == .fileWrite)
    }
}
