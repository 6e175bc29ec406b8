import COpenSSL
import SIOBytes

/// How OpenSSL comes to a session's ciphertext: functions instead of a socket.
extension TLSSession {
    /// The functions by which OpenSSL reads and writes ciphertext.
    static func makeTransport() throws(TLSError) -> OpenSSLObject {
        TLSError.clearReasons()
        guard let method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "session"),
            BIO_meth_set_read_ex(method, onRead) == 1, BIO_meth_set_write_ex(method, onWrite) == 1,
            BIO_meth_set_ctrl(method, onControl) == 1
        else { throw TLSError(.unusableSetting, TLSError.takeReasons()) }
        return OpenSSLObject(method) { BIO_meth_free($0) }
    }

    /// The session that an `SSL` belongs to.
    static func session(of ssl: OpaquePointer) -> TLSSession? { session(SSL_get_ex_data(ssl, 0)) }

    fileprivate static func session(_ data: UnsafeMutableRawPointer?) -> TLSSession? {
        data.map { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue() }
    }

    func attach(_ bio: OpaquePointer) {
        let me = Unmanaged.passUnretained(self).toOpaque()
        BIO_set_data(bio, me)
        BIO_set_init(bio, 1)
        SSL_set_bio(ssl, bio, bio)
        SSL_set_ex_data(ssl, 0, me)
    }

    /// Wants the server's certificate to be made out to the host; false if that is no name.
    func isMadeOut(to host: String) -> Bool {
        let parameters = SSL_get0_param(ssl)
        // An address is not asked for by name (RFC 6066 §3).
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return true }
        TLSError.clearReasons()
        SSL_set_hostflags(ssl, CUnsignedInt(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        return !host.isEmpty && !host.utf8.contains(0) && SSL_set1_host(ssl, host) == 1
            && sio_set_server_name(ssl, host) == 1
    }

    fileprivate func read(into room: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let count = min(count, incoming.count - taken)
        guard count > 0, let start = incoming.baseAddress else { return 0 }
        room.copyMemory(from: start + taken, byteCount: count)
        taken += count
        return count
    }
}

private func onRead(
    _ bio: OpaquePointer?, _ room: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: UnsafeMutablePointer<Int>?
) -> CInt {
    sio_clear_retry(bio)
    guard let session = TLSSession.session(BIO_get_data(bio)), let room else { return 0 }
    let copied = session.read(into: room, size)
    count?.pointee = copied
    if copied == 0 { sio_set_retry_read(bio) }
    return copied == 0 ? 0 : 1
}

private func onWrite(
    _ bio: OpaquePointer?, _ bytes: UnsafePointer<CChar>?, _ size: Int, _ count: UnsafeMutablePointer<Int>?
) -> CInt {
    sio_clear_retry(bio)
    guard let session = TLSSession.session(BIO_get_data(bio)) else { return 0 }
    session.outgoing.append(RawSpan(_unsafeBytes: UnsafeRawBufferPointer(start: bytes, count: size)))
    count?.pointee = size
    return 1
}

private func onControl(
    _: OpaquePointer?, _ command: CInt, _: CLong, _: UnsafeMutableRawPointer?
) -> CLong {
    // There is nothing to flush, and nothing else is offered.
    command == BIO_CTRL_FLUSH ? 1 : 0
}
