// The same client as a module: import { io } from "/socket.io/socket.io.esm.js".
import "./socket.io.js";

export const { io, connect, Manager, Socket, protocol } = globalThis.io;
export default io;
