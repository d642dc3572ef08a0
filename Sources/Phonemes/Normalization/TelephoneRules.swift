/// Telephone numbers, internet addresses and version numbers: digits in groups that are no quantities.
extension EnglishReader {
    private static let mostGroups = 8

    /// Groups of digits as telephone numbers are written, with what separates them.
    private struct DialledGroups {
        var groups: [ArraySlice<Unicode.Scalar>] = []
        /// Index after each group.
        var ends: [Int] = []
        var separators: [String] = []
    }

    /// "555-123-4567", "(555) 123-4567", "1-800-555-1234", "+44 20 7946 0958", "020 7946 0958", "555-1234".
    func telephone(at index: Int) -> Reading? {
        let international = text.isSymbol(index, "+")
        guard international || text.kind(index) == .number || text.isSymbol(index, "(") else { return nil }
        guard text.kind(index - 1) != .number, !text.isSymbol(index - 1, "-", ".", "/") else { return nil }
        guard international || text.isSymbol(index, "(") || mayBeDialled(index) else { return nil }
        let dialled = dialledGroups(at: international ? index + 1 : index)
        guard let count = telephoneGroups(dialled, international: international) else { return nil }
        let groups = dialled.groups.prefix(count).map { numbers.spelled($0) }
        return Reading(
            words: (international ? "plus " : "") + groups.joined(separator: ", "), end: dialled.ends[count - 1])
    }

    /// The first group of a telephone number has three digits, or is a 1 before three, or begins with 0.
    private func mayBeDialled(_ index: Int) -> Bool {
        switch text.length(index) {
        case 3: true
        case 1: text.length(index + 2) == 3 || text.isSymbol(index + 2, "(")
        default: text.scalars[text.tokens[index].start] == "0"
        }
    }

    private func dialledGroups(at start: Int) -> DialledGroups {
        var dialled = DialledGroups()
        var index = start
        var separator = ""
        while dialled.groups.count < Self.mostGroups {
            let bracketed = text.isSymbol(index, "(")
            guard let digits = text.digits(bracketed ? index + 1 : index), digits.count <= 15 else { break }
            if bracketed, !text.isSymbol(index + 2, ")") { break }
            index += bracketed ? 3 : 1
            if !dialled.groups.isEmpty { dialled.separators.append(separator) }
            dialled.groups.append(digits)
            dialled.ends.append(index)
            if text.isSymbol(index, "-", ".") {
                separator = text.text(index)
                index += 1
            } else if text.kind(index) == .space {
                separator = " "
                index += 1
            } else if bracketed || text.isSymbol(index, "(") {
                separator = " "
            } else {
                break
            }
        }
        return dialled
    }

    /// How many of the groups make up a telephone number; nil where they are none.
    private func telephoneGroups(_ dialled: DialledGroups, international: Bool) -> Int? {
        let counts = dialled.groups.map(\.count)
        if international {
            // Groups of a number abroad follow no pattern, but are 15 digits at the most.
            var total = 0
            var groups = 0
            let most = dialled.groups.first?.elementsEqual(["1"]) == true ? 11 : 15
            for count in counts {
                guard total + count <= most else { break }
                total += count
                groups += 1
            }
            return total >= 7 ? groups : nil
        }
        for pattern in [[3, 3, 4], [1, 3, 3, 4]] where counts.starts(with: pattern) {
            let separators = dialled.separators.prefix(pattern.count - 1)
            let next = dialled.ends[pattern.count - 1]
            if separators.contains(where: { $0 != "." }) || pattern.count == 3, !text.isSymbol(next, "-") {
                return pattern.count
            }
        }
        if counts.starts(with: [3, 4]), dialled.separators.first == "-", counts.count == 2 { return 2 }
        let total = counts.reduce(0, +)
        let national = dialled.groups.first?.first == "0" && (9...11).contains(total) && counts.count >= 2
        return national && counts.allSatisfy { $0 >= 2 } && !dialled.separators.contains(".") ? counts.count : nil
    }

    private static let callingWords: Set<String> = [
        "call", "dial", "phone", "text", "ring", "calling", "called", "dialing", "dialed", "tel", "telephone", "fax",
    ]

    /// "call 911".
    func emergencyNumber(at index: Int) -> Reading? {
        guard let digits = text.digits(index), (3...11).contains(digits.count), text.kind(index + 1) != .word,
            let before = text.lowercasedWord(text.beforeSpace(index)), Self.callingWords.contains(before),
            !(text.isSymbol(index + 1, ".", ",", ":", "-") && text.kind(index + 2) == .number)
        else { return nil }
        return Reading(words: numbers.spelled(digits), end: index + 1)
    }

    /// "ISBN 978-3-16-148410-0", "ISBN-10: 0-306-40615-2", "ISSN 2049-3630".
    func bookNumber(at index: Int) -> Reading? {
        guard let word = text.word(index), word == "ISBN" || word == "ISSN" else { return nil }
        var next = index + 1
        var kind = ""
        if text.isSymbol(next, "-"), let digits = text.digits(next + 1), digits.count == 2 {
            kind = " " + numbers.cardinal(digits)
            next += 2
        }
        next = text.skippingSpace(text.isSymbol(next, ":") ? next + 1 : next)
        var groups: [String] = []
        var end = next
        while groups.count < Self.mostGroups {
            let isCheckDigit = text.word(next) == "X" && !groups.isEmpty
            guard let digits = text.digits(next) else {
                if isCheckDigit {
                    groups.append("X")
                    end = next + 1
                }
                break
            }
            groups.append(numbers.spelled(digits))
            end = next + 1
            if text.word(end) == "X" {
                groups.append("X")
                end += 1
                break
            }
            guard text.isSymbol(end, "-", "\u{2013}") || text.kind(end) == .space && text.kind(end + 1) == .number
            else {
                break
            }
            next = end + 1
        }
        guard !groups.isEmpty else { return nil }
        return Reading(words: Self.letters(word) + kind + ", " + groups.joined(separator: ", "), end: end)
    }

    /// "192.168.1.1".
    func internetAddress(at index: Int) -> Reading? {
        var parts: [String] = []
        for part in 0..<4 {
            let position = index + 2 * part
            guard let digits = text.digits(position), digits.count <= 3, part == 3 || text.isSymbol(position + 1, ".")
            else { return nil }
            parts.append(numbers.spelled(digits))
        }
        guard !(text.isSymbol(index + 7, ".") && text.kind(index + 8) == .number) else { return nil }
        let address = parts.joined(separator: " dot ")
        guard text.isSymbol(index + 7, ":"), let port = text.digits(index + 8), port.count <= 5 else {
            return Reading(words: address, end: index + 7)
        }
        return Reading(words: address + " colon " + numbers.spelled(port), end: index + 9)
    }

    /// "1.2.3", "10.15.7".
    func versionNumber(at index: Int) -> Reading? {
        guard let (words, end) = dottedNumber(at: index), end > index + 3, continentalNumber(at: index) == nil else {
            return nil
        }
        return Reading(words: words, end: end)
    }

    /// "v1.2.3", "version 2.0".
    func version(at index: Int) -> Reading? {
        guard text.length(index) <= 7, text.slice(index).first == "v" || text.slice(index).first == "V",
            let word = text.lowercasedWord(index),
            word == "version" || word == "ver"
                || (word == "v"
                    && (text.word(index) == "v" || (text.isSymbol(index + 2, ".") && text.kind(index + 3) == .number))),
            word == "v" || text.kind(index + 1) == .space || text.isSymbol(index + 1, "."),
            let (words, end) = dottedNumber(at: word == "v" ? index + 1 : versionStart(index + 1))
        else { return nil }
        return Reading(words: "version " + words, end: end)
    }

    private func versionStart(_ index: Int) -> Int {
        text.skippingSpace(text.isSymbol(index, ".") ? index + 1 : index)
    }

    /// Numbers with points between them: "one point two point three".
    private func dottedNumber(at index: Int) -> (words: String, end: Int)? {
        guard let first = text.digits(index) else { return nil }
        var words = numbers.cardinal(first)
        var end = index + 1
        while end - index < 2 * Self.mostGroups, text.isSymbol(end, "."), let digits = text.digits(end + 1) {
            let spelled = digits.count > 1 && digits.first == "0" || end + 2 - index > 3 && digits.count > 4
            words += " point " + (spelled ? numbers.spelled(digits) : numbers.cardinal(digits))
            end += 2
        }
        return (words, end)
    }
}
