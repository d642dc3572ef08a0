internal import CHelperProcess
import Glibc

/// The helper's side of a ``HelperConnection``.
package enum HelperServer {
    /// Where a descriptor that was given to the helper is.
    package static let givenDescriptor: Int32 = 3
    private static let socket: Int32 = 0

    /// Gives up all rights that computing does not need; see `hearsay_confine`.
    ///
    /// - Parameters:
    ///   - memory: bytes of address space.
    ///   - seconds: of computing, after which the kernel ends the process whatever it does.
    ///   - keepsGivenDescriptor: whether ``givenDescriptor`` stays open.
    package static func confine(
        memory: Int, seconds: UInt32, mayOpenFiles: Bool, keepsGivenDescriptor: Bool = false
    ) {
        // Signals meant for the program must not end its helper in the middle of its work; its end is the socket's.
        signal(SIGINT, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        hearsay_confine(
            mayOpenFiles ? HEARSAY_CONFINE_READING : HEARSAY_CONFINE_OPENING_NOTHING,
            UInt32(keepsGivenDescriptor ? givenDescriptor + 1 : givenDescriptor), memory, seconds)
    }

    /// From now on no file is opened that does not lie in this folder, where the kernel can see to it (Linux 5.13).
    package static func readOnly(in folder: String) {
        _ = hearsay_read_only_in(folder)
    }

    /// The process ends so many seconds from now, unless this is called again; 0 takes the limit away.
    package static func setDeadline(seconds: UInt32) {
        hearsay_deadline(seconds)
    }

    /// The next frame's payload; nil once the other side is gone.
    package static func readFrame() -> [UInt8]? {
        guard let header = read(HelperFrame.headerCount), let count = HelperFrame.payloadCount(header[...]) else {
            return nil
        }
        return read(count)
    }

    /// - Returns: false if nobody reads.
    package static func write(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { write($0) }
    }

    /// - Returns: false if nobody reads.
    package static func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let count = Glibc.write(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private static func read(_ count: Int) -> [UInt8]? {
        var received = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while received < count {
                let more = Glibc.read(socket, buffer.baseAddress?.advanced(by: received), count - received)
                if more < 0 && errno == EINTR { continue }
                guard more > 0 else { break }
                received += more
            }
            initialized = received
        }
        return received == count ? bytes : nil
    }
}
