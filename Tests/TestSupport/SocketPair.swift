import Glibc

/// Two stream sockets that are connected to each other, as `socketpair` makes them: 0, or -1 and `errno`.
///
/// Here, where no other C library is imported: beside one that includes the system's headers, the compiler now and then loses
/// the socket's type.
@discardableResult
package func socketPair(_ ends: inout [CInt]) -> CInt {
    socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
}

/// Has `send` tell of a peer that has gone, and not the process; here for the same reason, as is the next.
package let withoutSignal = CInt(MSG_NOSIGNAL)
/// Has `send` not wait, either.
package let withoutWaiting = withoutSignal | CInt(MSG_DONTWAIT)
