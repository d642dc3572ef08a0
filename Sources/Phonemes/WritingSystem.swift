/// The letters that a language is written with, told apart by their places in Unicode: enough to notice text that a voice
/// for another language would spell or leave out.
public struct WritingSystem: Sendable, Equatable {
    /// What people call its letters, such as `Cyrillic`.
    public let name: String
    private let ranges: [ClosedRange<UInt32>]
    /// Languages that it is the usual one of, as espeak-ng calls them.
    private let languages: Set<String>

    private init(_ name: String, _ ranges: [ClosedRange<UInt32>], _ languages: String) {
        self.name = name
        self.ranges = ranges
        self.languages = Set(languages.split(separator: " ").map(String.init))
    }

    /// Of all languages that no other one names.
    private static let latin = WritingSystem(
        "Latin", [0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF, 0xFF21...0xFF5A], "")
    private static let others = [
        WritingSystem("Greek", [0x370...0x3FF, 0x1F00...0x1FFF], "el grc"),
        WritingSystem("Cyrillic", [0x400...0x52F], "ba be bg cv kk ky mk os ru sr tt uk"),
        WritingSystem("Armenian", [0x530...0x58F], "hy hyw"),
        WritingSystem("Hebrew", [0x590...0x5FF], "he yi"),
        WritingSystem(
            "Arabic", [0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF, 0xFB50...0xFDFF, 0xFE70...0xFEFC],
            "ar fa ps sd ug ur"),
        WritingSystem("Devanagari", [0x900...0x97F], "hi kok mr ne sa"),
        WritingSystem("Bengali", [0x980...0x9FF], "as bn bpy"),
        WritingSystem("Gurmukhi", [0xA00...0xA7F], "pa"),
        WritingSystem("Gujarati", [0xA80...0xAFF], "gu"),
        WritingSystem("Odia", [0xB00...0xB7F], "or"),
        WritingSystem("Tamil", [0xB80...0xBFF], "ta"),
        WritingSystem("Telugu", [0xC00...0xC7F], "te"),
        WritingSystem("Kannada", [0xC80...0xCFF], "kn"),
        WritingSystem("Malayalam", [0xD00...0xD7F], "ml"),
        WritingSystem("Sinhala", [0xD80...0xDFF], "si"),
        WritingSystem("Thai", [0xE00...0xE7F], "th"),
        WritingSystem("Lao", [0xE80...0xEFF], "lo"),
        WritingSystem("Burmese", [0x1000...0x109F], "my shn"),
        WritingSystem("Georgian", [0x10A0...0x10FF, 0x1C90...0x1CBF], "ka"),
        WritingSystem("Korean", [0x1100...0x11FF, 0x3130...0x318F, 0xAC00...0xD7AF], "ko"),
        WritingSystem("Ethiopic", [0x1200...0x139F], "am"),
        WritingSystem("Japanese", [0x3040...0x30FF], "ja"),
        WritingSystem(
            "Chinese", [0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF], "cmn hak ja ko yue zh"),
    ]

    /// Letters that are looked at.
    private static let mostLetters = 1_000

    /// The letters of most of `text`, where they are not those of `language`; nil where they are, or where there are
    /// hardly any.
    public static func foreign(in text: String, to language: String) -> WritingSystem? {
        let primary = String(language.lowercased().prefix { $0 != "-" && $0 != "_" })
        let named = others.filter { $0.languages.contains(primary) }
        // Serbian and a few others are written in Latin letters too.
        let own = (named.isEmpty || primary == "sr") ? named + [latin] : named
        var counts = [Int](repeating: 0, count: others.count + 1)
        var (letters, owned) = (0, 0)
        for scalar in text.unicodeScalars where scalar.isLetter {
            guard letters < mostLetters else { break }
            letters += 1
            if own.contains(where: { $0.holds(scalar) }) {
                owned += 1
            } else if let index = (others + [latin]).firstIndex(where: { $0.holds(scalar) }) {
                counts[index] += 1
            }
        }
        guard letters > 1, owned * 2 < letters, let most = counts.indices.max(by: { counts[$0] < counts[$1] }),
            counts[most] > 1
        else { return nil }
        return most < others.count ? others[most] : latin
    }

    private func holds(_ scalar: Unicode.Scalar) -> Bool { ranges.contains { $0.contains(scalar.value) } }
}
