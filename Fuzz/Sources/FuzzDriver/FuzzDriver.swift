// Hands libFuzzer's inputs to a closure, so that a fuzz target is a main.swift of one call.
import Glibc

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ argc: UnsafeMutablePointer<CInt>,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

nonisolated(unsafe) private var target: ([UInt8]) -> Void = { _ in }

/// Runs `body` on every input that libFuzzer invents.
///
/// A trap in it is a finding; a thrown, documented error is none.
public func fuzz(_ body: @escaping ([UInt8]) -> Void) -> Never {
    target = body
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let status = runDriver(&count, &arguments) { start, count in
        target(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
    exit(status)
}
