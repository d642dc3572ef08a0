internal import Glibc

/// Who sits at the machine, as logind tells it.
enum Seat {
    private typealias GetActive =
        @convention(c) (
            UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, UnsafeMutablePointer<uid_t>?
        ) -> CInt

    /// libsystemd's `sd_seat_get_active`; nil where there is no such library. Opened at run time, so that machines without
    /// systemd need nothing of it.
    private static let getActive: GetActive? = {
        guard let library = dlopen("libsystemd.so.0", RTLD_NOW | RTLD_LOCAL),
            let symbol = dlsym(library, "sd_seat_get_active")
        else { return nil }
        return unsafeBitCast(symbol, to: GetActive.self)
    }()

    /// The user of the session that is in front on seat0, which has the machine's screen and keyboard; nil where nobody
    /// has logged in there, or no logind runs.
    static var activeUser: UInt32? {
        var user: uid_t = 0
        guard let getActive, getActive("seat0", nil, &user) >= 0 else { return nil }
        return user
    }
}
