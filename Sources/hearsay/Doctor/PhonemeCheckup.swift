import Phonemes

/// Whether espeak-ng turns words into phonemes, in the process that confines it.
enum PhonemeCheckup {
    static func findings() -> [Finding] {
        do {
            let phonemes = try PhonemizerProcess().phonemes(of: ["hello"], language: "en-us").first ?? ""
            guard !phonemes.isEmpty else {
                return [.problem("espeak-ng", "it gives no phonemes", "install espeak-ng-data anew")]
            }
            return [.good("espeak-ng", "“hello” is \(phonemes.filter { $0 != "_" })")]
        } catch {
            return [
                .problem(
                    "espeak-ng", error.message,
                    "install libespeak-ng1 and espeak-ng-data; without them nothing can be read aloud")
            ]
        }
    }
}
