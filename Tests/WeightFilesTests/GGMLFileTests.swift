import Testing
import WeightFiles

private let valid = GGMLBytes()

private func bad(
    _ what: String, _ code: WeightFileError.Code, _ change: (inout GGMLBytes) -> Void
) -> BadInput<[UInt8]> {
    BadInput(what, code, valid.with(change).bytes)
}

private let fields = [
    "n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx", "n_text_state",
    "n_text_head", "n_text_layer", "n_mels", "ftype",
]

/// Each hyperparameter at −1, 0, 1 and 2^31 − 1, but where the value is one that a model may have.
private let badHyperparameters: [BadInput<[UInt8]>] = fields.indices.flatMap { index in
    [Int32(-1), 0, 1, .max].compactMap { value -> BadInput<[UInt8]>? in
        let code: WeightFileError.Code
        switch (fields[index], value) {
        case ("n_audio_head", 1), ("n_text_head", 1), ("ftype", 0), ("ftype", 1), ("n_audio_layer", 1),
            ("n_text_layer", 1):
            return nil
        case ("n_vocab", 1): code = .ggmlVocabulary
        case ("n_audio_ctx", 1), ("n_text_ctx", 1): code = .ggmlShape
        default: code = .ggmlHyperparameter
        }
        return bad("\(fields[index]) = \(value)", code) { $0.hyperparameters[index] = value }
    }
}

private let badInputs: [BadInput<[UInt8]>] = [
    BadInput("empty file", .ggmlTruncated, []),
    BadInput("8 bytes", .ggmlTruncated, Array("lmgg".utf8) + [1, 0, 0, 0]),
    BadInput("8 bytes of something else", .ggmlMagic, Array("RIFF1234".utf8)),
    bad("wrong magic", .ggmlMagic) { $0.magic = Array("ggml".utf8) },
    bad("GGUF", .ggmlMagic) { $0.magic = Array("GGUF".utf8) },
    bad("n_audio_head does not divide", .ggmlHyperparameter) { $0.hyperparameters[3] = 3 },
    bad("n_text_head does not divide", .ggmlHyperparameter) { $0.hyperparameters[7] = 3 },
    bad("n_text_state differs", .ggmlHyperparameter) { $0.hyperparameters[6] = 8 },
    bad("n_mels 81", .ggmlHyperparameter) { $0.hyperparameters[9] = 81 },
    bad("n_mels 129", .ggmlHyperparameter) { $0.hyperparameters[9] = 129 },
    bad("n_mels 10^9", .ggmlHyperparameter) { $0.hyperparameters[9] = 1_000_000_000 },
    bad("n_audio_ctx 10^9", .ggmlHyperparameter) { $0.hyperparameters[1] = 1_000_000_000 },
    bad("ftype 99", .ggmlHyperparameter) { $0.hyperparameters[10] = 99 },
    bad("ftype of k-quants", .ggmlHyperparameter) { $0.hyperparameters[10] = 2012 },
    bad("filters for other bins", .ggmlMelFilters) { $0.filterBins = 128 },
    bad("filters 65536 × 65536", .ggmlMelFilters) { ($0.filterBins, $0.filterFFT) = (65_536, 65_536) },
    bad("filters for another transform", .ggmlMelFilters) { $0.filterFFT = 257 },
    bad("negative filters", .ggmlMelFilters) { $0.filterFFT = -201 },
    bad("NaN in the filters", .ggmlMelFilters) { $0.filters[777] = .nan },
    bad("infinity in the filters", .ggmlMelFilters) { $0.filters[16_079] = -.infinity },
    bad("vocabulary of 999 999 999", .ggmlVocabulary) { $0.tokenCount = 999_999_999 },
    bad("vocabulary of −1", .ggmlVocabulary) { $0.tokenCount = -1 },
    bad("vocabulary above n_vocab", .ggmlVocabulary) { $0.tokenCount = 7 },
    bad("vocabulary longer than the file", .ggmlTruncated) {
        $0.hyperparameters[0] = 1_000_000
        $0.tokenCount = 1_000_000
    },
    bad("token of 2^32 − 1 bytes", .ggmlTruncated) { $0.tokens[1].length = .max },
    bad("n_dims −1", .ggmlRank) { $0.tensors[0].rank = -1 },
    bad("n_dims 5", .ggmlRank) { $0.tensors[0].rank = 5 },
    bad("n_dims 20", .ggmlRank) { $0.tensors[0].rank = 20 },
    bad("n_dims 2^31 − 1", .ggmlRank) { $0.tensors[0].rank = .max },
    bad("name of −1 bytes", .ggmlName) { $0.tensors[0].nameLength = -1 },
    bad("name of 2^31 − 1 bytes", .ggmlName) { $0.tensors[0].nameLength = .max },
    bad("empty name", .ggmlName) { $0.tensors[0].nameLength = 0 },
    bad("name not UTF-8", .ggmlName) { $0.tensors[0].name[3] = 0xFF },
    bad("name with NUL", .ggmlName) { $0.tensors[0].name[3] = 0 },
    bad("ne[0] = 0", .ggmlShape) { $0.tensors[0].sizes[0] = 0 },
    bad("ne[1] = −1", .ggmlShape) { $0.tensors[0].sizes[1] = -1 },
    bad("ne[0] = 2^31 − 1", .ggmlTruncated) { $0.tensors[0].sizes[0] = .max },
    bad("ne overflows", .ggmlShape) {
        $0.tensors[0].rank = 4
        $0.tensors[0].sizes = [.max, .max, .max, .max]
    },
    bad("type −1", .ggmlType) { $0.tensors[0].type = -1 },
    bad("type 99", .ggmlType) { $0.tensors[0].type = 99 },
    bad("type of k-quants", .ggmlType) { $0.tensors[0].type = 12 },
    bad("blocks not filled", .ggmlShape) { $0.tensors[0].type = 8 },
    bad("unknown tensor", .ggmlName) { $0.tensors[2].name[0] = UInt8(ascii: "x") },
    bad("tensor twice", .ggmlDuplicate) { $0.tensors[1] = $0.tensors[0] },
    bad("tensor missing", .ggmlMissing) { _ = $0.tensors.removeLast() },
    bad("no tensors", .ggmlMissing) { $0.tensors = [] },
    bad("transposed tensor", .ggmlShape) { $0.tensors[0].sizes.swapAt(0, 1) },
    bad("scalar where a vector is needed", .ggmlShape) { $0.tensors[2] = .init("encoder.conv1.bias", []) },
    bad("one byte of trailing garbage", .ggmlTrailing) { $0.trailing = [0] },
    bad("trailing tensor", .ggmlTrailing) { $0.trailing = [UInt8](repeating: 1, count: 100) },
]

@Suite struct GGMLFileTests {
    @Test(arguments: badInputs + badHyperparameters) func refuses(_ input: BadInput<[UInt8]>) {
        let error = failure { try GGMLFile(file: MappedFile(input.contents, name: "bad.bin")) }
        #expect(error?.code == input.code)
        #expect(error?.offset.map { $0 >= 0 && $0 <= input.contents.count } == true)
        #expect(error.map { "\($0)".contains("bad.bin") && "\($0)".utf8.count < 1000 } == true)
    }

    @Test func namesFieldOffsetAndLimit() {
        let error = failure {
            try GGMLFile(file: MappedFile(valid.with { $0.hyperparameters[3] = 0 }.bytes, name: "m.bin"))
        }
        #expect(
            error?.description
                == "model.ggml.hyperparameter: m.bin: n_audio_head is 0 (1…1024 allowed) (byte 16)")
    }

    @Test func refusesEveryTruncation() {
        let whole = valid.bytes
        // The filters fill most of the file, so the steps are dense where fields are.
        for length in stride(from: 0, to: whole.count, by: 64) {
            let error = failure { try GGMLFile(file: MappedFile(Array(whole[..<length]))) }
            #expect(error?.code == .ggmlTruncated || error?.code == .ggmlMissing, "\(length) bytes")
        }
        #expect(failure { try GGMLFile(file: MappedFile(whole.dropLast())) }?.code == .ggmlTruncated)
    }

    @Test func givesEveryField() throws {
        let file = try GGMLFile(file: MappedFile(valid.bytes))
        let h = file.hyperparameters
        #expect([h.nVocab, h.nAudioCtx, h.nAudioState, h.nAudioHead, h.nAudioLayer] == [6, 3, 4, 2, 1])
        #expect([h.nTextCtx, h.nTextState, h.nTextHead, h.nTextLayer, h.nMels, h.ftype] == [5, 4, 2, 1, 80, 0])
        #expect(
            withExtendedLifetime(file) { (0..<file.vocabulary.count).map { Array(file.vocabulary[$0]) } }
                == valid.tokens.map(\.bytes))
        #expect(file.names == valid.tensors.map { String(decoding: $0.name, as: UTF8.self) })
        for tensor in valid.tensors {
            let found = try #require(file[String(decoding: tensor.name, as: UTF8.self)])
            #expect(found.shape == tensor.sizes.reversed().map { Int($0) })
            #expect(found.type == .f32)
            #expect(found.contents == tensor.data)
        }
        #expect(file["encoder.conv3.weight"] == nil)
    }

    /// Quantised models: (type, ftype, bytes of a block of 32), from ggml's block structures.
    @Test(arguments: [(1, 1, 64), (2, 2002, 18), (3, 2003, 20), (6, 2008, 22), (7, 2009, 24), (8, 2007, 34)])
    func readsEveryType(type: Int32, ftype: Int32, blockBytes: Int) throws {
        let model = GGMLBytes(width: 32, matrixType: type) { $0 / 32 * blockBytes }.with {
            $0.hyperparameters[10] = ftype
        }
        let file = try GGMLFile(file: MappedFile(model.bytes))
        #expect(file.hyperparameters.ftype == Int(ftype) % 1000)
        #expect(file.hyperparameters.quantizationVersion == Int(ftype) / 1000)
        let matrix = try #require(file["decoder.blocks.0.mlp.0.weight"])
        #expect(matrix.shape == [128, 32])
        #expect(matrix.type == ElementType(ggmlType: type))
        #expect(matrix.bytes.count == 128 * blockBytes)
        let expected = model.tensors.first { $0.name == Array("decoder.blocks.0.mlp.0.weight".utf8) }
        #expect(matrix.contents == expected?.data)
    }

    @Test func acceptsWhatRealFilesHold() throws {
        // A vector written without its size of 1, two empty tokens, no tokens at all.
        let flat = valid.with { $0.tensors[2] = .init("encoder.conv1.bias", [4]) }
        #expect(try GGMLFile(file: MappedFile(flat.bytes))["encoder.conv1.bias"]?.shape == [4])
        let empty = valid.with { $0.tokens[0] = (0, []) }
        #expect(try GGMLFile(file: MappedFile(empty.bytes)).vocabulary[0].isEmpty)
        let none = valid.with { ($0.tokenCount, $0.tokens) = (0, []) }
        #expect(try GGMLFile(file: MappedFile(none.bytes)).vocabulary.count == 0)
    }
}
