import CALSA
import Glibc

@testable import AudioIO

/// A capture device that does what a script says, on a clock of its own. Its sound counts upwards: sample n of the
/// 16-bit mono stream is n modulo 2¹⁵.
final class FakePCM {
    enum Answer {
        /// Gives so many frames.
        case frames(Int)
        /// Answers with ALSA's negative error number.
        case error(Int32)
    }

    /// What the device does, one after the other; then it has nothing more to say.
    var script: [Answer]
    /// What resuming answers while the script lasts.
    var resumeAnswers: [Int32] = []
    /// Nanoseconds.
    var clock = 0
    private(set) var recoveries: [Int] = []
    private(set) var samplesGiven = 0
    private(set) var isClosed = false
    private var position = 0

    init(_ script: [Answer]) {
        self.script = script
    }

    static let configuration = PCMDevice.Configuration(
        format: .int16, channels: 1, rate: 16_000, period: 320, buffer: 3_200)

    func device() -> PCMDevice {
        PCMDevice(
            OpaquePointer(Unmanaged.passUnretained(self).toOpaque()), configuration: Self.configuration, calls: .fake)
    }

    var hasEnded: Bool { position == script.count }

    fileprivate func read(_ frames: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        guard position < script.count, let frames else { return -Int(EAGAIN) }
        defer { position += 1 }
        switch script[position] {
        case .error(let number): return Int(number)
        case .frames(let wanted):
            let count = min(wanted, count)
            for index in 0..<count {
                frames.storeBytes(
                    of: Int16(truncatingIfNeeded: (samplesGiven + index) & 0x7FFF), toByteOffset: 2 * index,
                    as: Int16.self)
            }
            samplesGiven += count
            return count
        }
    }

    fileprivate func recover() -> Int32 {
        recoveries.append(clock)
        return 0
    }

    fileprivate func resume() -> Int32 {
        recoveries.append(clock)
        return resumeAnswers.popLast() ?? 0
    }

    fileprivate func close() { isClosed = true }
}

extension PCMCalls {
    private static func fake(_ handle: OpaquePointer?) -> FakePCM? {
        handle.map { Unmanaged<FakePCM>.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    static let fake = PCMCalls(
        readi: { handle, frames, count in fake(handle)?.read(frames, Int(count)) ?? -Int(ENODEV) },
        wait: { handle, milliseconds in
            fake(handle)?.clock += Int(milliseconds) * 1_000_000
            return 0
        },
        start: { _ in 0 },
        prepare: { handle in fake(handle)?.recover() ?? -ENODEV },
        resume: { handle in fake(handle)?.resume() ?? -ENODEV },
        drop: { _ in 0 },
        close: { handle in
            fake(handle)?.close()
            return 0
        })
}
