import Foundation
import Testing

@testable import Tensors

@Suite struct ProcessorTests {
    @Test func atLeastOneProcessor() {
        #expect(ThreadPool.availableProcessors >= 1)
        #expect(ThreadPool.availableProcessors <= ProcessInfo.processInfo.processorCount)
    }

    @Test(
        arguments: [
            ("max 100000\n", nil), ("200000 100000\n", 2), ("150000 100000\n", 2), ("50000 100000", 1), ("", nil),
            ("0 100000\n", nil), ("9 -1\n", nil), ("nonsense\n", nil),
        ] as [(String, Int?)])
    func quotaOfTheControlGroup(text: String, expected: Int?) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("cpu.max.\(UUID().uuidString)").path
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(ThreadPool.controlGroupQuota(path: path) == expected)
    }

    @Test func noControlGroupNoQuota() {
        #expect(ThreadPool.controlGroupQuota(path: "/nonexistent/cpu.max") == nil)
    }
}
