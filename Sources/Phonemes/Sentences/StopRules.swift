/// Decides whether a full stop between two words ends a sentence or belongs to an abbreviation.
struct StopRules: Sendable {
    struct Context {
        /// The word before the stop, with its inner stops.
        var before: String
        /// Nothing stands before that word in its sentence.
        var beginsSentence: Bool
        /// A capitalised word stands before that word.
        var afterCapital: Bool
        /// A number stands before that word in its sentence.
        var afterNumber: Bool
        /// The first letter or digit after the stop.
        var next: Unicode.Scalar
    }

    enum Verdict {
        case ends
        case continues
        /// The sentence ends if the next word is one that sentences begin with.
        case dependsOnNextWord
    }

    private let isEnglish: Bool
    /// Abbreviations that no sentence ends with, in small letters.
    private let abbreviations: Set<String>
    /// A number of one or two digits with a stop is an ordinal: "3. Oktober".
    private let numbersAreOrdinals: Bool

    init(language: String) {
        let primary =
            language.lowercased().split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map(String.init) ?? ""
        isEnglish = primary == "en"
        abbreviations = Self.abbreviations[primary] ?? Self.abbreviations["en", default: []]
        numbersAreOrdinals = ["de", "da", "nb", "no", "fi", "cs", "sk", "hr", "sl", "hu", "et", "lv"].contains(primary)
    }

    func verdict(_ context: Context) -> Verdict {
        if let verdict = abbreviationVerdict(context) { return verdict }
        let word = context.before
        if word.unicodeScalars.last?.isDigit == true { return context.next.isLowercaseLetter ? .continues : .ends }
        // Text in small letters only still has its sentences, but an unknown abbreviation is short.
        return context.next.isLowercaseLetter && word.unicodeScalars.count < 4 ? .continues : .ends
    }

    /// The verdict on a word that may be an abbreviation, an initial or a counting number; nil on any other word.
    func abbreviationVerdict(_ context: Context) -> Verdict? {
        let word = context.before.lowercased()
        let capitalNext = !context.next.isLowercaseLetter && !context.next.isDigit
        if word.isEmpty { return .ends }
        if word.unicodeScalars.allSatisfy(\.isDigit) {
            // "1." at the start counts the items of a list.
            if context.beginsSentence && word.utf8.count <= 3 { return .continues }
            if numbersAreOrdinals && word.utf8.count <= 2 { return .continues }
            return nil
        }
        if abbreviations.contains(word) { return .continues }
        if isDotted(word) {
            guard capitalNext else { return .continues }
            return isEnglish ? .dependsOnNextWord : .ends
        }
        if word.unicodeScalars.count == 1, word.unicodeScalars.first?.isLetter == true {
            guard capitalNext else { return .continues }
            if word == "i", !context.afterCapital { return .ends }
            return isEnglish ? .dependsOnNextWord : .continues
        }
        return isEnglish ? englishVerdict(word, context, capitalNext: capitalNext) : nil
    }

    private func englishVerdict(_ word: String, _ context: Context, capitalNext: Bool) -> Verdict? {
        let isCapitalized = context.before.unicodeScalars.first?.isUppercaseLetter == true
        if word == "etc" { return context.next.isLowercaseLetter ? .continues : .ends }
        if context.afterNumber, MeasureUnit.takesStop.contains(word) {
            return capitalNext ? .dependsOnNextWord : .continues
        }
        let isDateName = EnglishCalendar.month(word) != nil || EnglishCalendar.weekday(word) != nil
        if isDateName, isCapitalized, word.count <= 5, !["may", "march", "april", "june", "july"].contains(word) {
            return capitalNext ? .dependsOnNextWord : .continues
        }
        guard let candidates = Abbreviation.table[word] else { return nil }
        var verdict: Verdict?
        for candidate in candidates where isCapitalized || !candidate.capital {
            switch candidate.place {
            case .beforeName, .beforeNameWithStop:
                if capitalNext { verdict = verdict ?? (word == "st" ? .dependsOnNextWord : .continues) }
            case .beforeNumber: if context.next.isDigit { return .continues }
            case .withStop, .anywhere: verdict = verdict ?? (capitalNext ? .dependsOnNextWord : .continues)
            case .measuring:
                // "I met Max. 5 people came."
                let isName = isCapitalized && !context.beginsSentence && context.next.isDigit
                if !capitalNext, !isName { verdict = verdict ?? .continues }
            case .afterOrdinal, .afterPlace: if !capitalNext { verdict = verdict ?? .continues }
            case .afterName, .afterNameWithStop:
                if context.afterCapital { verdict = verdict ?? (capitalNext ? .dependsOnNextWord : .continues) }
            }
        }
        return verdict
    }

    /// Parts of one or two letters with stops between them: "U.S", "e.g", "Ph.D".
    private func isDotted(_ word: String) -> Bool {
        guard word.contains(".") else { return false }
        return word.split(separator: ".").allSatisfy { part in
            part.unicodeScalars.count <= 2 && part.unicodeScalars.allSatisfy(\.isLetter)
        }
    }

    private static let abbreviations: [String: Set<String>] = [
        "en": ["vs", "cf", "viz", "approx", "incl", "excl", "e.g", "i.e", "mr", "mrs", "ms", "messrs", "ca", "al"],
        "de": [
            "z.b", "d.h", "u.a", "u.u", "z.t", "bzw", "ca", "nr", "str", "dr", "prof", "vgl", "evtl", "ggf", "inkl",
            "max", "min", "st", "hr", "fr", "abs", "art", "bd", "jh", "dipl", "ing", "bspw", "sog", "geb", "gest",
            "tel",
        ],
        "fr": ["m", "mm", "mme", "mlle", "dr", "pr", "st", "ste", "av", "bd", "p", "ex", "cf", "env", "no", "vol"],
        "es": [
            "sr", "sra", "srta", "dr", "dra", "ud", "uds", "pág", "núm", "av", "prof", "lic", "ing", "d", "dña", "p.ej",
        ],
        "it": ["sig", "sigg", "dott", "prof", "ing", "avv", "on", "pag", "es", "dr", "art", "n"],
        "nl": ["dhr", "mevr", "mw", "dr", "drs", "ir", "prof", "bijv", "blz", "nr", "ca", "o.a", "d.w.z", "st"],
        "pt": ["sr", "sra", "dr", "dra", "prof", "av", "pág", "ex", "d", "eng"],
        "ru": ["г", "гг", "ул", "им", "т.е", "т.д", "т.п", "стр", "руб", "напр", "см", "др"],
        "pl": ["np", "tzn", "dr", "prof", "ul", "inż", "mgr", "nr", "str", "ok", "św", "m.in"],
    ]
}
