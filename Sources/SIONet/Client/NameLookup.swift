import CLibUV
import Glibc

/// One question to the system for a host's addresses, asked on a thread of libuv's.
final class NameLookup {
    typealias Answer = Result<[sockaddr_storage], NetworkError>

    private let host: String
    private let core: LoopCore
    /// Whether the system was asked, and has not answered yet.
    private var isUnderWay = false
    private let request: UnsafeMutablePointer<uv_getaddrinfo_t>
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var report: ((Answer) -> Void)?

    /// Asks.
    ///
    /// - Parameters:
    ///   - host: The name, without a NUL.
    ///   - port: Goes into the addresses.
    ///   - core: The loop, in a later turn of which the answer comes.
    ///   - report: Called with the answer.
    init(_ host: String, port: Int, core: LoopCore, report: @escaping (Answer) -> Void) {
        self.host = host
        self.core = core
        self.report = report
        request = .allocate(capacity: 1)
        request.pointee.data = Unmanaged.passUnretained(self).toOpaque()
        var hints = addrinfo()
        hints.ai_socktype = CInt(bitPattern: SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        let status = uv_getaddrinfo(core.uv, request, onAddresses, host, String(port), &hints)
        if status == 0 {
            isUnderWay = true
            core.lookups[ObjectIdentifier(self)] = self
        } else {
            // Refused before anybody was asked: too long a name, or no memory.
            core.atEndOfTurn(RefusedLookup(self, status))
        }
    }

    deinit {
        request.deallocate()
    }

    /// Gives up; nobody is told.
    func abandon() {
        report = nil
        cancel()
    }

    /// Takes the question back; one that is being answered goes on until it is.
    func cancel() {
        guard isUnderWay else { return }
        uv_cancel(UnsafeMutableRawPointer(request).assumingMemoryBound(to: uv_req_t.self))
    }

    fileprivate func answered(_ status: CInt, _ list: UnsafeMutablePointer<addrinfo>?) {
        defer { uv_freeaddrinfo(list) }
        isUnderWay = false
        core.lookups[ObjectIdentifier(self)] = nil
        let report = self.report
        self.report = nil
        let addresses = status == 0 ? Self.addresses(in: list) : []
        guard addresses.isEmpty else {
            report?(.success(addresses))
            return
        }
        let reason = status == 0 ? "no address" : String(cString: uv_strerror(status))
        report?(.failure(NetworkError(.cannotResolve, "\(host): \(reason)")))
    }

    private static func addresses(in list: UnsafeMutablePointer<addrinfo>?) -> [sockaddr_storage] {
        var addresses: [sockaddr_storage] = []
        var next = list
        while let info = next?.pointee {
            next = info.ai_next
            guard Int(info.ai_addrlen) <= MemoryLayout<sockaddr_storage>.size, let address = info.ai_addr else {
                continue
            }
            var storage = sockaddr_storage()
            withUnsafeMutableBytes(of: &storage) { bytes in
                bytes.copyMemory(from: UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
            }
            addresses.append(storage)
        }
        return addresses
    }

    /// A lookup that could not begin; told later all the same, as every other outcome is.
    private final class RefusedLookup: EndOfTurnWork {
        private let lookup: NameLookup
        private let status: CInt

        init(_ lookup: NameLookup, _ status: CInt) {
            self.lookup = lookup
            self.status = status
        }

        func endOfTurn() {
            lookup.answered(status, nil)
        }
    }
}

private func onAddresses(
    _ request: UnsafeMutablePointer<uv_getaddrinfo_t>?, _ status: CInt, _ list: UnsafeMutablePointer<addrinfo>?
) {
    guard let data = request?.pointee.data else { return }
    Unmanaged<NameLookup>.fromOpaque(data).takeUnretainedValue().answered(status, list)
}
