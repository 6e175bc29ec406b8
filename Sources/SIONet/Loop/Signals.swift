import CLibUV
import Glibc

/// The signals by which a process is asked to end.
public enum TerminationSignal: Sendable {
    /// The interrupt key.
    case interrupt
    /// What a service manager sends.
    case terminate

    /// Waits for the next SIGINT or SIGTERM, which then does not end the process.
    ///
    /// - Parameter group: The loops, the first of which listens.
    /// - Returns: The signal that came.
    public static func next(on group: EventLoopGroup = .shared) async -> TerminationSignal {
        let loop = group.loops[0]
        return await withCheckedContinuation { continuation in
            loop.run {
                let watch = SignalWatch { continuation.resume(returning: $0) }
                watch.start(on: loop.core)
            }
        }
    }
}

/// Listens to both signals until the first one comes.
private final class SignalWatch {
    private let report: (TerminationSignal) -> Void
    private var handles: [UnsafeMutablePointer<uv_signal_t>] = []

    init(report: @escaping (TerminationSignal) -> Void) {
        self.report = report
    }

    func start(on core: LoopCore) {
        for number in [SIGINT, SIGTERM] {
            let handle = UnsafeMutablePointer<uv_signal_t>.allocate(capacity: 1)
            uv_signal_init(core.uv, handle)
            // Each handle keeps the watch alive until it is closed.
            handle.pointee.data = Unmanaged.passRetained(self).toOpaque()
            uv_signal_start_oneshot(handle, onSignal, number)
            handles.append(handle)
        }
    }

    func received(_ number: CInt) {
        guard !handles.isEmpty else { return }
        for handle in handles {
            uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), onSignalClosed)
        }
        handles = []
        report(number == SIGINT ? .interrupt : .terminate)
    }
}

private func onSignal(_ handle: UnsafeMutablePointer<uv_signal_t>?, _ number: CInt) {
    guard let data = handle?.pointee.data else { return }
    Unmanaged<SignalWatch>.fromOpaque(data).takeUnretainedValue().received(number)
}

private func onSignalClosed(_ handle: UnsafeMutablePointer<uv_handle_t>?) {
    guard let handle, let data = handle.pointee.data else { return }
    Unmanaged<SignalWatch>.fromOpaque(data).release()
    UnsafeMutableRawPointer(handle).deallocate()
}
