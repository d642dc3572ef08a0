/// One symbol of a sentence as a voice reads it: a phoneme, a space between words, punctuation, or the marks of
/// beginning and end.
public struct Phoneme: Sendable, Hashable {
    /// A phoneme in IPA as espeak-ng writes it (`oʊ`, `t`), or one of ``wordBoundary``, ``beginning``, ``end`` and the
    /// punctuation `, ; : - . ? ! …`.
    public var symbol: String
    /// 0 none, 1 primary (ˈ), 2 secondary (ˌ).
    public var stress: UInt8

    public init(_ symbol: String, stress: UInt8 = 0) {
        self.symbol = symbol
        self.stress = stress
    }

    /// Stands before the first clause of every sentence.
    public static let beginning = Phoneme("^")
    /// Stands behind the last clause of every sentence.
    public static let end = Phoneme("$")
    /// Stands between two words of a clause.
    public static let wordBoundary = Phoneme(" ")
}

extension Phoneme: CustomStringConvertible {
    /// As espeak-ng writes it.
    public var description: String {
        switch stress {
        case 1: "ˈ" + symbol
        case 2: "ˌ" + symbol
        default: symbol
        }
    }
}
