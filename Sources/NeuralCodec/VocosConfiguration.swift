/// What a Vocos model's `config.yaml` says beyond the weights' shapes.
struct VocosConfiguration: Equatable {
    var sampleRate = 24_000
    var hopLength = 256
    /// Nil when the file does not say: the head's width tells it.
    var fftSize: Int?
    var featurePadding = Padding.center
    var headPadding = Padding.same

    enum Padding: String { case center, same }

    /// Most bytes of such a file; charactr's have 500.
    static let sizeLimit = 1 << 16

    init() {}

    /// Reads the few keys that matter from block-style YAML: lines `key: value` under the sections
    /// `feature_extractor` and `head`. Everything else is passed over.
    ///
    /// - Throws: `codec.configuration_invalid` for a value out of range or a head or features of another kind.
    init(yaml: String, path: String) throws(CodecError) {
        headPadding = .same
        var section = ""
        for line in yaml.split(whereSeparator: \.isNewline) {
            let content = line.prefix { $0 != "#" }
            guard let colon = content.firstIndex(of: ":") else { continue }
            let key = content[..<colon].drop { $0 == " " || $0 == "-" }.trimmed
            let value = content[content.index(after: colon)...].trimmed
            if let first = content.first, first != " ", first != "-" { section = key }
            guard !value.isEmpty else { continue }
            try read(section: section, key: key, value: value, path: path)
        }
    }

    private mutating func read(section: String, key: String, value: String, path: String) throws(CodecError) {
        func number(_ range: ClosedRange<Int>) throws(CodecError) -> Int {
            guard let number = Int(value), range.contains(number) else {
                throw CodecError(
                    .configurationInvalid,
                    "\(path): \(section) \(key) is \"\(value.prefix(40))\", must be "
                        + "\(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func padding() throws(CodecError) -> Padding {
            guard let padding = Padding(rawValue: value) else {
                throw CodecError(
                    .configurationInvalid,
                    "\(path): \(section) padding is \"\(value.prefix(40))\", must be center or same")
            }
            return padding
        }
        switch (section, key) {
        case ("feature_extractor", "sample_rate"): sampleRate = try number(1000...384_000)
        case (_, "hop_length"): hopLength = try number(1...65_536)
        case (_, "n_fft"): fftSize = try number(2...131_072)
        case ("feature_extractor", "padding"): featurePadding = try padding()
        case ("head", "padding"): headPadding = try padding()
        case ("feature_extractor", "class_path") where !value.hasSuffix("MelSpectrogramFeatures"),
            ("head", "class_path") where !value.hasSuffix("ISTFTHead"),
            ("backbone", "class_path") where !value.hasSuffix("VocosBackbone"):
            throw CodecError(
                .configurationInvalid,
                "\(path): \(section) is \"\(value.prefix(80))\"; only MelSpectrogramFeatures, VocosBackbone and "
                    + "ISTFTHead are known here")
        default: break
        }
    }
}

extension Substring {
    /// Without spaces and quotation marks around it.
    fileprivate var trimmed: String {
        let characters: Set<Character> = [" ", "\t", "\r", "\"", "'"]
        var rest = self.drop { characters.contains($0) }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}
