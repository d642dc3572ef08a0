import Foundation
import StrictJSON
import TestSupport
import Testing

/// Trainings that are stopped go on where they were: Tests/Fixtures/training/resume.py, with recordings that it makes.
@Suite(.enabled(if: PythonPeer.has("torch", "numpy"), "PyPI's torch is not installed"))
struct TrainingResumeTests {
    @Test func anInterruptedTrainingEndsAsAnotherDoes() throws {
        let folder = try TemporaryFolder()
        let script = URL(filePath: Fixture.folder).deletingLastPathComponent().appending(path: "training/resume.py")
        let lines = try PythonPeer.run([script.path, folder.path]).split(separator: "\n")
        // A small network, and the stage that trains the codec's quantizer.
        let expected = ["small": (stopped: 11, steps: 30), "quantizer": (stopped: 2, steps: 4)]
        #expect(lines.count == expected.count)
        for line in lines {
            let report = try JSONValue(parsing: Array(line.utf8))
            let (stopped, steps) = try #require(expected[report["name"]?.string ?? ""])
            #expect(report["stopped"]?.integer == stopped && report["steps"]?.integer == steps)
            #expect(report["began"]?.array?.map(\.integer) == [0, stopped])
            #expect(report["difference"]?.double == 0, "\(line)")
        }
    }
}
