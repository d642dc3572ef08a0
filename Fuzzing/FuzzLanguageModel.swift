// Compiled together with the model's own file, since it is internal to Recognition.

import WeightFiles

/// Opens the input as a language model of 40 tokens and asks what follows a few texts.
@_cdecl("fuzzOneInput")
public func fuzzLanguageModel(_ start: UnsafeRawPointer?, _ count: Int) -> CInt {
    let mapped = MappedFile(copying: UnsafeRawBufferPointer(start: start, count: count), name: "input")
    guard let file = try? SafetensorsFile(file: mapped),
        let model = try? NGramModel(file: file, endOfText: 40, startOfText: 41)
    else { return 0 }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: model.events) { row in
        for first in 0..<model.events {
            var context = model.start()
            for token in [first, 1, 2, first, 40] {
                model.logProbabilities(after: context, into: row)
                precondition(row.allSatisfy(\.isFinite))
                context = model.advance(context, by: token)
            }
        }
    }
    return 0
}
