import AudioCore
import Foundation
import TestSupport
import Testing

@testable import AudioIO

/// Recording from files: ALSA's `file` plugin above its `null` device gives what a microphone would.
@Suite struct CaptureTests {
    init() {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        setenv("ALSA_CONFIG_PATH", tests.appendingPathComponent("Fixtures/audio/asound.conf").path, 1)
    }

    @Test func givesEverySampleOfTheDevice() throws {
        let folder = try TemporaryFolder()
        let sound = (0..<48_000).map { Int16(truncatingIfNeeded: $0 &* 7_919) }
        let path = try folder.write("mic.raw", sound.flatMap(littleEndian))
        let capture = try AudioCapture(CaptureOptions(device: "fromfile:\(path)"))
        #expect(capture.deviceRate == 16_000)
        var samples = [Float](repeating: 0, count: sound.count)
        var count = 0
        while count < sound.count {
            count += try samples.withUnsafeMutableBufferPointer {
                // In pieces of odd sizes.
                let end = min($0.count, count + 977)
                return try capture.read(into: UnsafeMutableBufferPointer(rebasing: $0[count..<end]))
            }
        }
        capture.stop()
        #expect(zip(samples, sound).allSatisfy { $0 == Float($1) * 0x1p-15 })
    }

    @Test func resamplesWhatTheDeviceGives() throws {
        let folder = try TemporaryFolder()
        let sound = (0..<96_000).map { Int16(10_000 * sin(2 * .pi * 1_000 * Double($0) / 48_000)) }
        let path = try folder.write("mic.raw", sound.flatMap(littleEndian))
        var options = CaptureOptions(device: "fromfile:\(path)")
        options.deviceRate = 48_000
        let capture = try AudioCapture(options)
        #expect(capture.deviceRate == 48_000)
        var samples = [Float](repeating: 0, count: 16_000)
        var count = 0
        while count < samples.count {
            count += try samples.withUnsafeMutableBufferPointer {
                try capture.read(into: UnsafeMutableBufferPointer(rebasing: $0[count...]))
            }
        }
        capture.stop()
        let middle = 4_000..<12_000
        let largest = middle.map { abs(samples[$0] - Float(10_000 * 0x1p-15 * sin(2 * .pi * Double($0) / 16))) }.max()
        #expect(largest ?? 1 < 1e-3)
    }

    @Test(arguments: ["no such device", "", "a\0b"])
    func saysWhichDeviceIsMissing(name: String) throws {
        let error = #expect(throws: AudioError.self) { try AudioCapture(CaptureOptions(device: name)) }
        #expect(error?.code == .deviceUnavailable)
    }

    @Test func listsDevicesByNameAndPurpose() throws {
        let devices = try AudioDevice.all()
        #expect(devices.contains { $0.name == "nothing" && $0.description == "Silence that is never played" })
    }

    /// Bytes, made by hand, of −1, −½, 0, ½ and the largest value in each format.
    @Test(arguments: [
        (PCMFormat.int16, [0x00, 0x80, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x40, 0xFF, 0x7F], Float(32_767) / 32_768),
        (
            .int24Packed,
            [0x00, 0x00, 0x80, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0xFF, 0xFF, 0x7F],
            Float(8_388_607) / 8_388_608
        ),
        (
            .int24,
            [
                0x00, 0x00, 0x80, 0xFF, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0xFF,
                0xFF, 0x7F, 0x00,
            ], Float(8_388_607) / 8_388_608
        ),
        (
            .int32,
            [
                0x00, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0xC0, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x80,
                0xFF, 0xFF, 0x7F,
            ], Float(0x7FFF_FF80) / 0x8000_0000
        ),
        (
            .float32,
            [
                0x00, 0x00, 0x80, 0xBF, 0x00, 0x00, 0x00, 0xBF, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3F, 0x00,
                0x00, 0x80, 0x3F,
            ], Float(1)
        ),
    ])
    func readsAndWritesEveryFormat(format: PCMFormat, bytes: [Int], largest: Float) {
        let bytes = bytes.map { UInt8($0) }
        let values: [Float] = [-1, -0.5, 0, 0.5, largest]
        #expect(bytes.count == values.count * format.bytes)
        var samples = [Float](repeating: 9, count: 5)
        bytes.withUnsafeBytes { input in
            samples.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                format.decode(input, frames: 5, channels: 1, into: output)
            }
        }
        #expect(samples == values)
        var written = [UInt8](repeating: 0xAA, count: 2 * bytes.count)
        written.withUnsafeMutableBytes { output in
            guard let output = output.baseAddress else { return }
            format.encode([0, 0, 0, 0.5, -0.5], frames: 5, channels: 2, into: output)
        }
        var mono = [Float](repeating: 9, count: 5)
        written.withUnsafeBytes { input in
            mono.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                format.decode(input, frames: 5, channels: 2, into: output)
            }
        }
        #expect(mono == [0, 0, 0, 0.5, -0.5])
    }

    @Test func mixesChannelsAndSilencesWhatIsNoSound() {
        let frames: [Float] = [1, 0, .nan, 0.5, 0.25, -0.25]
        var samples = [Float](repeating: 9, count: 3)
        frames.withUnsafeBytes { input in
            samples.withUnsafeMutableBufferPointer { output in
                guard let input = input.baseAddress, let output = output.baseAddress else { return }
                PCMFormat.float32.decode(input, frames: 3, channels: 2, into: output)
            }
        }
        #expect(samples == [0.5, 0.25, 0])
    }
}
