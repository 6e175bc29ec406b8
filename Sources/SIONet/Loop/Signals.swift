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
    /// - Returns: The signal that came; nil if the task was cancelled, or the loops were shut down, before one did.
    public static func next(on group: EventLoopGroup = .shared) async -> TerminationSignal? {
        let loop = group.loops[0]
        let watch = LoopBound(SignalWatch(), to: loop)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isTaken = loop.post {
                    watch.value.start(on: loop.core) { continuation.resume(returning: $0) }
                }
                if !isTaken { continuation.resume(returning: nil) }
            }
        } onCancel: {
            loop.post { watch.value.finish(nil) }
        }
    }
}

/// Listens to both signals until the first one comes.
private final class SignalWatch: HandleOwner {
    private var report: ((TerminationSignal?) -> Void)?
    private var handles: [UnsafeMutablePointer<uv_signal_t>] = []
    private var isFinished = false

    func start(on core: LoopCore, report: @escaping (TerminationSignal?) -> Void) {
        // The task may have been cancelled before.
        if isFinished { return report(nil) }
        self.report = report
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
        finish(number == SIGINT ? .interrupt : .terminate)
    }

    func finish(_ signal: TerminationSignal?) {
        isFinished = true
        for handle in handles {
            uv_close(UnsafeMutableRawPointer(handle).assumingMemoryBound(to: uv_handle_t.self), onSignalClosed)
        }
        handles = []
        let report = self.report
        self.report = nil
        report?(signal)
    }

    func loopStops() {
        finish(nil)
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
