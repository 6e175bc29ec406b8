public import SIOJSON

extension Server {
    /// The namespace of a name, made if there is none.
    ///
    /// - Parameter name: `/admin`; a slash in front is added if it is missing. It contains no comma.
    /// - Returns: The same namespace for the same name.
    public func of(_ name: String) -> Namespace {
        precondition(!name.utf8.contains(UInt8(ascii: ",")), "a comma in the name of a namespace")
        return namespaces.namespace(name)
    }

    /// The namespace `/`.
    public var sockets: Namespace { namespaces.root }

    /// Namespaces whose names fit a pattern, made when a client, or ``of(_:)``, first asks for one.
    ///
    /// ```swift
    /// io.of(matching: /\/workspace-\d+/).on(.connection) { socket in … }
    /// ```
    ///
    /// - Parameter pattern: What the whole name has to match, the slash in front included.
    /// - Returns: The parent, which is given the handlers and the middleware.
    public func of<Output>(
        matching pattern: @autoclosure @escaping @Sendable () -> Regex<Output>
    ) -> ParentNamespace {
        parent(.pattern { name in (try? pattern().wholeMatch(in: name)) != nil })
    }

    /// Namespaces that a function lets be, asked when a client wants to connect to one that there is not yet.
    ///
    /// Several parents are asked in the order in which they were made; the first that agrees has the child.
    ///
    /// - Parameter allows: Given the name and what the client passed as `auth`; what it throws is reported to
    ///   ``onError(_:)``, and is a no.
    /// - Returns: The parent, which is given the handlers and the middleware.
    public func of(
        where allows: @escaping @Sendable (_ name: String, _ auth: RawJSON) async throws -> Bool
    ) -> ParentNamespace {
        parent(.function(allows))
    }

    private func parent(_ rule: ParentNamespace.Rule) -> ParentNamespace {
        let parent = ParentNamespace(rule)
        namespaces.add(parent)
        return parent
    }

    /// Calls the handler with each namespace that is made from now on: the reference's `new_namespace`.
    ///
    /// - Parameter handler: Called where the namespace is made, before the client that has asked for it is connected.
    public func onNewNamespace(_ handler: @escaping @Sendable (Namespace) -> Void) {
        namespaces.onNewNamespace(handler)
    }
}
