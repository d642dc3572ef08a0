import Glibc
import Tensors

/// A generator at work on one signal that arrives in pieces. Each layer keeps what its next outputs need, so that
/// nothing is computed twice and the samples are those of the whole signal.
final class HiFiGANStream {
    private let generator: HiFiGANGenerator
    private let pool: ThreadPool
    private let condition: [Float]?
    private let input: FrameQueue
    private let stages: [StageStream]
    private let output: FrameQueue
    private let scratch = Scratch()

    init(_ generator: HiFiGANGenerator, speaker: [Float]?, pool: ThreadPool) {
        self.generator = generator
        self.pool = pool
        condition = speaker.flatMap { speaker in generator.condition?.once(speaker, on: pool) }
        input = FrameQueue(generator.input)
        stages = generator.stages.map(StageStream.init)
        output = FrameQueue(generator.output)
    }

    /// Takes `count` frames of `[count, latents]` and appends the samples that are certain now.
    func append(_ frames: UnsafePointer<Float>, count: Int, into samples: inout [Float]) {
        input.append(frames, frames: count)
        advance(ended: false, into: &samples)
    }

    /// Appends the samples that were waiting for more frames.
    func finish(into samples: inout [Float]) {
        input.end()
        advance(ended: true, into: &samples)
    }

    private func advance(ended: Bool, into samples: inout [Float]) {
        let ready = input.ready
        let first = stages[0].input.extend(by: ready)
        if let condition {
            first.fill(rows: ready, with: condition)
            generator.input(input.frames, frames: ready, into: first, .accumulate, on: pool)
        } else {
            generator.input(input.frames, frames: ready, into: first, on: pool)
        }
        input.drop(ready)
        let count = ready * generator.input.outputs
        Activation.leakyReLU(first, count: count, slope: HiFiGANGenerator.slope, into: first, on: pool)
        for (position, stage) in stages.enumerated() {
            let isLast = position == stages.count - 1
            stage.advance(
                ended: ended, into: isLast ? output : stages[position + 1].input,
                slope: isLast ? HiFiGANGenerator.lastSlope : HiFiGANGenerator.slope, scratch, on: pool)
        }
        if ended { output.end() }
        speak(into: &samples)
    }

    private func speak(into samples: inout [Float]) {
        let ready = output.ready
        let sound = scratch.first(ready)
        generator.output(output.frames, frames: ready, into: sound, on: pool)
        output.drop(ready)
        samples.reserveCapacity(samples.count + ready)
        for index in 0..<ready { samples.append(tanhf(sound[index])) }
    }
}

/// Memory that every layer writes to in turn.
final class Scratch {
    private var buffers = [FloatBuffer(count: 0), FloatBuffer(count: 0)]

    func first(_ count: Int) -> UnsafeMutablePointer<Float> { buffer(0, count) }
    func second(_ count: Int) -> UnsafeMutablePointer<Float> { buffer(1, count) }

    private func buffer(_ index: Int, _ count: Int) -> UnsafeMutablePointer<Float> {
        if buffers[index].count < count { buffers[index] = FloatBuffer(count: count + count / 4) }
        return buffers[index].pointer
    }
}

/// One stage: the transposed convolution, and the mean of the chains behind it.
private final class StageStream {
    /// Frames to be upsampled, already activated.
    let input: FrameQueue
    private let stage: HiFiGANGenerator.Stage
    private let chains: [[UnitStream]]
    /// What each chain has made and the others have not yet.
    private let results: [FrameQueue]

    init(_ stage: HiFiGANGenerator.Stage) {
        self.stage = stage
        let upsampling = stage.upsampling
        input = FrameQueue(
            channels: upsampling.inputs, span: upsampling.before + upsampling.after, after: upsampling.after)
        chains = stage.blocks.map { $0.map(UnitStream.init) }
        results = stage.blocks.map { _ in FrameQueue(channels: upsampling.outputs, span: 0, after: 0) }
    }

    /// Appends the activated means to `next`.
    func advance(ended: Bool, into next: FrameQueue, slope: Float, _ scratch: Scratch, on pool: ThreadPool) {
        if ended { input.end() }
        let channels = stage.upsampling.outputs
        let frames = input.ready
        let made = frames * stage.upsampling.stride
        let upsampled = scratch.first(made * channels)
        stage.upsampling(input.frames, frames: frames, into: upsampled, on: pool)
        input.drop(frames)
        for (chain, result) in zip(chains, results) {
            (chain.first?.input ?? result).append(upsampled, frames: made)
        }
        for (chain, result) in zip(chains, results) {
            for (position, unit) in chain.enumerated() {
                let isLast = position == chain.count - 1
                unit.advance(ended: ended, into: isLast ? result : chain[position + 1].input, scratch, on: pool)
            }
        }
        let ready = results.map(\.ready).min() ?? 0
        let mean = next.extend(by: ready)
        let count = ready * channels
        mean.update(from: results[0].frames, count: count)
        for result in results.dropFirst() { mean.add(result.frames, count: count) }
        let share = 1 / Float(results.count)
        for index in 0..<count { mean[index] *= share }
        for result in results { result.drop(ready) }
        Activation.leakyReLU(mean, count: count, slope: slope, into: mean, on: pool)
    }
}

/// One residual unit. Where there are two convolutions, the second one's context is computed anew for each piece: it
/// is a few frames long.
private final class UnitStream {
    let input: FrameQueue
    private let unit: HiFiGANGenerator.Unit
    /// Outputs made so far.
    private var made = 0

    init(_ unit: HiFiGANGenerator.Unit) {
        self.unit = unit
        input = FrameQueue(channels: unit.first.inputs, span: unit.span, after: unit.span / 2)
    }

    func advance(ended: Bool, into next: FrameQueue, _ scratch: Scratch, on pool: ThreadPool) {
        if ended { input.end() }
        let ready = input.ready
        let channels = input.channels
        let span = unit.span
        guard ready > 0 else { return }
        let activated = scratch.first((ready + span) * channels)
        Activation.leakyReLU(
            input.frames, count: (ready + span) * channels, slope: HiFiGANGenerator.slope, into: activated, on: pool)
        let target = next.extend(by: ready)
        target.update(from: input.frames + span / 2 * channels, count: ready * channels)
        if let second = unit.second {
            let count = ready + second.span
            let inner = scratch.second(count * channels)
            unit.first(activated, frames: count, into: inner, on: pool)
            Activation.leakyReLU(
                inner, count: count * channels, slope: HiFiGANGenerator.slope, into: inner, on: pool)
            // Beyond the signal's ends the second convolution reads zeros, not what the first makes of zeros.
            let before = max(0, second.span / 2 - made)
            inner.update(repeating: 0, count: min(before, count) * channels)
            if ended {
                let after = second.span / 2
                (inner + (count - after) * channels).update(repeating: 0, count: after * channels)
            }
            second(inner, frames: ready, into: target, .accumulate, on: pool)
        } else {
            unit.first(activated, frames: ready, into: target, .accumulate, on: pool)
        }
        made += ready
        input.drop(ready)
    }
}

extension FrameQueue {
    /// Holds what a convolution that keeps the length reads.
    fileprivate convenience init(_ convolution: Conv1D) {
        self.init(channels: convolution.inputs, span: convolution.span, after: convolution.span / 2)
    }
}
