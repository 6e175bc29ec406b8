import CLibUV

/// Whom a libuv handle keeps alive until it is closed; the handle's `data` points to it.
protocol HandleOwner: AnyObject {
    /// The loop ends, and the owner closes its handles.
    func loopStops()
}

// What libuv calls of a loop's own handles: at file scope, so that they inherit no isolation.

/// Lets the body use the core that a handle belongs to, which the loop's thread holds.
private func withCore(_ data: UnsafeMutableRawPointer?, _ body: (LoopCore) -> Void) {
    guard let data else { return }
    Unmanaged<LoopCore>.fromOpaque(data)._withUnsafeGuaranteedRef(body)
}

func onThread(_ argument: UnsafeMutableRawPointer?) {
    guard let argument else { return }
    Unmanaged<LoopCore>.fromOpaque(argument).takeRetainedValue().runUntilStopped()
}

func onPrepare(_ handle: UnsafeMutablePointer<uv_prepare_t>?) {
    withCore(handle?.pointee.data) { $0.endTurn() }
}

func onCheck(_ handle: UnsafeMutablePointer<uv_check_t>?) {
    withCore(handle?.pointee.data) { core in
        core.fireDeadlines()
        core.endTurn()
    }
}

func onIdle(_: UnsafeMutablePointer<uv_idle_t>?) {}

func onAsync(_ handle: UnsafeMutablePointer<uv_async_t>?) {
    withCore(handle?.pointee.data) { $0.loop.drainInbox() }
}

func onTimer(_ handle: UnsafeMutablePointer<uv_timer_t>?) {
    withCore(handle?.pointee.data) { $0.deadlinesAreDue() }
}

func onWalkToClose(_ handle: UnsafeMutablePointer<uv_handle_t>?, _: UnsafeMutableRawPointer?) {
    guard let handle, uv_is_closing(handle) == 0 else { return }
    if let data = handle.pointee.data,
        let owner = Unmanaged<AnyObject>.fromOpaque(data).takeUnretainedValue() as? any HandleOwner
    {
        owner.loopStops()
    } else {
        uv_close(handle, nil)
    }
}
