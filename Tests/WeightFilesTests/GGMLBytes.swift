/// A whisper.cpp model as fields that a test may spoil before they become bytes.
struct GGMLBytes: Sendable {
    struct Tensor: Sendable {
        var name: [UInt8]
        var rank: Int32
        var nameLength: Int32
        var type: Int32
        /// Innermost size first, as in the file.
        var sizes: [Int32]
        var data: [UInt8]

        init(_ name: String, _ sizes: [Int32], type: Int32 = 0, bytes: Int? = nil) {
            self.name = Array(name.utf8)
            rank = Int32(sizes.count)
            nameLength = Int32(self.name.count)
            self.type = type
            self.sizes = sizes
            let count = bytes ?? sizes.reduce(4) { $0 * Int($1) }
            let seed = name.utf8.count
            data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ seed) & 0x3F }
        }
    }

    /// ggml's `enum ggml_ftype` for each `enum ggml_type`.
    private static let fileTypes: [Int32: Int32] = [0: 0, 1: 1, 2: 2, 3: 3, 6: 8, 7: 9, 8: 7]

    var magic: [UInt8] = Array("lmgg".utf8)
    /// In the file's order: n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx, n_text_state,
    /// n_text_head, n_text_layer, n_mels, ftype.
    var hyperparameters: [Int32]
    var filterBins: Int32
    var filterFFT: Int32 = 201
    var filters: [Float]
    var tokenCount: Int32
    var tokens: [(length: UInt32, bytes: [UInt8])]
    var tensors: [Tensor]
    var trailing: [UInt8] = []

    /// A complete model of one encoder and one decoder block, `width` wide.
    init(width: Int32 = 4, matrixType: Int32 = 0, matrixBytes: (Int) -> Int = { $0 * 4 }) {
        hyperparameters = [6, 3, width, 2, 1, 5, width, 2, 1, 80, Self.fileTypes[matrixType] ?? 0]
        filterBins = 80
        filters = (0..<(80 * 201)).map { Float($0) }
        let tokens: [[UInt8]] = [[0x61], [0xFF, 0xFE], [], [0x20, 0x62]]
        tokenCount = Int32(tokens.count)
        self.tokens = tokens.map { (UInt32($0.count), $0) }

        func matrix(_ name: String, _ sizes: [Int32]) -> Tensor {
            Tensor(name, sizes, type: matrixType, bytes: matrixBytes(sizes.reduce(1) { $0 * Int($1) }))
        }
        func attention(_ name: String) -> [Tensor] {
            [
                matrix(name + ".query.weight", [width, width]), Tensor(name + ".query.bias", [width]),
                matrix(name + ".key.weight", [width, width]), matrix(name + ".value.weight", [width, width]),
                Tensor(name + ".value.bias", [width]), matrix(name + ".out.weight", [width, width]),
                Tensor(name + ".out.bias", [width]),
            ]
        }
        func norm(_ name: String) -> [Tensor] { [Tensor(name + ".weight", [width]), Tensor(name + ".bias", [width])] }
        func block(_ name: String) -> [Tensor] {
            norm(name + ".attn_ln") + attention(name + ".attn") + norm(name + ".mlp_ln") + [
                matrix(name + ".mlp.0.weight", [width, 4 * width]), Tensor(name + ".mlp.0.bias", [4 * width]),
                matrix(name + ".mlp.2.weight", [4 * width, width]), Tensor(name + ".mlp.2.bias", [width]),
            ]
        }
        tensors = [
            Tensor("encoder.positional_embedding", [width, 3]), Tensor("encoder.conv1.weight", [3, 80, width]),
            Tensor("encoder.conv1.bias", [1, width]), Tensor("encoder.conv2.weight", [3, width, width]),
            Tensor("encoder.conv2.bias", [1, width]),
        ]
        tensors += block("encoder.blocks.0") + norm("encoder.ln_post")
        tensors += [
            Tensor("decoder.positional_embedding", [width, 5]), matrix("decoder.token_embedding.weight", [width, 6]),
        ]
        tensors += block("decoder.blocks.0") + norm("decoder.blocks.0.cross_attn_ln")
        tensors += attention("decoder.blocks.0.cross_attn") + norm("decoder.ln")
    }

    var bytes: [UInt8] {
        var out = magic
        for value in hyperparameters { out += littleEndian(value) }
        out += littleEndian(filterBins) + littleEndian(filterFFT)
        for value in filters { out += littleEndian(value.bitPattern) }
        out += littleEndian(tokenCount)
        for token in tokens { out += littleEndian(token.length) + token.bytes }
        for tensor in tensors {
            out += littleEndian(tensor.rank) + littleEndian(tensor.nameLength) + littleEndian(tensor.type)
            for size in tensor.sizes { out += littleEndian(size) }
            out += tensor.name + tensor.data
        }
        return out + trailing
    }

    /// A copy that `change` has altered.
    func with(_ change: (inout GGMLBytes) -> Void) -> GGMLBytes {
        var copy = self
        change(&copy)
        return copy
    }
}
