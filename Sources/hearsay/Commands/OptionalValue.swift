import ArgumentParser

/// A number, or the word `none`, which switches the thing off.
struct OptionalValue<Number: LosslessStringConvertible & Sendable>: ExpressibleByArgument, Sendable {
    let value: Number?

    init(_ value: Number?) {
        self.value = value
    }

    init?(argument: String) {
        if argument.lowercased() == "none" {
            value = nil
        } else if let number = Number(argument) {
            value = number
        } else {
            return nil
        }
    }

    var defaultValueDescription: String { value.map { "\($0)" } ?? "none" }
}

/// Numbers separated by commas.
struct NumberList<Number: LosslessStringConvertible & Sendable>: ExpressibleByArgument, Sendable {
    let values: [Number]

    init(_ values: [Number]) {
        self.values = values
    }

    init?(argument: String) {
        var values: [Number] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: true) {
            guard let number = Number(String(part.filter { $0 != " " })) else { return nil }
            values.append(number)
        }
        self.values = values
    }

    var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
