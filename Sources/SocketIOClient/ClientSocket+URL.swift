import SIOHTTP
import Synchronization

extension ClientSocket {
    /// A socket of the namespace that the address's path names: `https://chat.example/admin`.
    ///
    /// Sockets that are made so share one connection to the server, as in the reference, but for a second one of the same
    /// namespace; one that is to have options of its own has a connection of its own.
    ///
    /// - Parameters:
    ///   - url: The server and the namespace. A query goes to the server with each request.
    ///   - configuration: How the socket connects and sends.
    ///   - manager: How the connection is made; nil is the reference's way, on a connection that may be shared.
    /// - Returns: A socket, which does not connect by itself.
    /// - Throws: ``InvalidURL``.
    public static func make(
        _ url: String, _ configuration: Configuration = Configuration(), manager: Manager.Configuration? = nil
    ) throws(InvalidURL) -> ClientSocket {
        let address = try InvalidURL.checking(url)
        let options = manager ?? Manager.Configuration()
        guard manager == nil else { return Manager(address, options).socket(address.path, configuration) }
        return SharedManagers.socket(address, options, configuration)
    }
}

/// The connections that sockets share which were made with nothing but an address.
private enum SharedManagers {
    private struct WeakManager {
        weak var manager: Manager?
    }

    private static let managers = Mutex<[HTTPURL: WeakManager]>([:])

    static func socket(
        _ address: HTTPURL, _ options: Manager.Configuration, _ configuration: ClientSocket.Configuration
    ) -> ClientSocket {
        var server = address
        server.path = "/"
        if let socket = manager(server, options).newSocket(address.path, configuration) { return socket }
        // The namespace's socket is somebody else's: this one has a connection of its own, which the next ones share.
        let manager = Manager(server, options)
        managers.withLock { $0[server] = WeakManager(manager: manager) }
        return manager.socket(address.path, configuration)
    }

    private static func manager(_ server: HTTPURL, _ options: Manager.Configuration) -> Manager {
        // Those that are there are let go behind the lock: with the last who holds one goes what its sockets hold.
        let (manager, all) = managers.withLock { managers in
            let all = managers.compactMapValues(\.manager)
            if let manager = all[server] { return (manager, all) }
            managers = managers.filter { all[$0.key] != nil }
            let manager = Manager(server, options)
            managers[server] = WeakManager(manager: manager)
            return (manager, all)
        }
        return withExtendedLifetime(all) { manager }
    }
}
