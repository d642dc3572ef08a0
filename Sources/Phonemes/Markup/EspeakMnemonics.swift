/// What espeak-ng's names of the English phonemes are in IPA, as `espeak-ng --ipa "[[…]]"` writes them.
enum EspeakMnemonics {
    /// Letters of the longest name.
    static let longest = 3

    /// - Returns: nil if there is no such phoneme.
    static func symbol(_ mnemonic: String, isAmerican: Bool) -> String? {
        (isAmerican ? nil : british[mnemonic]) ?? american[mnemonic]
    }

    private static let american: [String: String] = [
        // Vowels.
        "a": "æ", "aa": "æ", "a#": "ɐ", "A:": "ɑː", "A@": "ɑːɹ", "E": "ɛ", "e@": "ɛɹ", "I": "ɪ", "I2": "ɪ", "I#": "ᵻ",
        "i": "i", "i:": "iː", "i@": "iə", "i@3": "ɪɹ", "0": "ɑː", "O": "ɔ", "O2": "ɔ", "O:": "ɔː", "O@": "ɔːɹ",
        "o@": "oːɹ", "V": "ʌ", "U": "ʊ", "u": "u", "u:": "uː", "U@": "ʊɹ", "3": "ɚ", "3:": "ɜː", "@": "ə", "@2": "ə",
        "@-": "ə", "@L": "əl",
        // Diphthongs.
        "aI": "aɪ", "aU": "aʊ", "eI": "eɪ", "OI": "ɔɪ", "oU": "oʊ", "aI@": "aɪə", "aI3": "aɪɚ",
        // Consonants.
        "p": "p", "b": "b", "t": "t", "t2": "t", "t#": "ɾ", "d": "d", "k": "k", "g": "ɡ", "tS": "tʃ", "dZ": "dʒ",
        "f": "f", "v": "v", "T": "θ", "D": "ð", "s": "s", "z": "z", "S": "ʃ", "Z": "ʒ", "h": "h", "x": "x", "m": "m",
        "n": "n", "n-": "n̩", "N": "ŋ", "l": "l", "r": "ɹ", "r-": "ɹ", "w": "w", "j": "j", "?": "ʔ",
    ]

    /// Where British English differs.
    private static let british: [String: String] = [
        "a": "a", "aa": "a", "A@": "ɑː", "e@": "eə", "I#": "ɪ", "i@3": "iə", "0": "ɒ", "O": "ɔ", "O@": "ɔː", "o@": "ɔː",
        "U@": "ʊə", "3": "ə", "oU": "əʊ",
    ]
}
