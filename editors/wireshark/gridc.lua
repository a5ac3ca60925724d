-- Wireshark dissector of what gridc nodes say to each other, runtime/PROTOCOL.md, for
-- Lua 5.2 to 5.4. editors/README.md says how it is installed.
--
-- What a session has agreed on is kept by TCP stream, and set when a packet is seen first:
-- a packet that is clicked is dissected again, with the same result.

local gridc = Proto("gridc", "gridc")

local kinds = {"call", "reply", "error", "open", "message", "end", "reset", "credit", "chunk", "ping", "pong", "goaway", "routes", "shapes", "trailer"}
local handshakes = {"hello", "proof", "welcome", "reject"}
local outcomes = {[1] = "not sent", "rejected", "may have run", "ran"}
local targets = {[0] = "session", "call", "reply", "stream", [5] = "grant: call", "grant: reply", "grant: stream"}

local f = {
	handshake = ProtoField.uint8("gridc.handshake", "Handshake", base.DEC, handshakes),
	name = ProtoField.string("gridc.name", "Name"),
	target_name = ProtoField.string("gridc.target_name", "Name that is expected of the other end"),
	scheme = ProtoField.string("gridc.scheme", "Scheme"),
	checksums = ProtoField.string("gridc.checksums", "Checksums"),
	checksum = ProtoField.uint64("gridc.checksum", "Checksum (XXH3-64)", base.HEX),
	kind = ProtoField.uint8("gridc.kind", "Kind", base.DEC, kinds),
	id = ProtoField.uint64("gridc.id", "Id"),
	route = ProtoField.uint64("gridc.route", "Route"),
	handler = ProtoField.uint16("gridc.handler", "Handler"),
	subroute = ProtoField.string("gridc.subroute", "Subroute"),
	timeout = ProtoField.uint64("gridc.timeout", "Timeout (µs)"),
	flags = ProtoField.uint8("gridc.flags", "Flags", base.HEX),
	key = ProtoField.string("gridc.metadata.key", "Metadata key"),
	value = ProtoField.string("gridc.metadata.value", "Metadata value"),
	size = ProtoField.uint64("gridc.size", "Size of a large message"),
	length = ProtoField.uint32("gridc.payload.length", "Length of the payload"),
	payload = ProtoField.bytes("gridc.payload", "Payload"),
	outcome = ProtoField.uint8("gridc.outcome", "Outcome", base.DEC, outcomes),
	code = ProtoField.string("gridc.code", "Code"),
	message = ProtoField.string("gridc.message", "Message"),
	detail = ProtoField.bytes("gridc.detail", "Typed error"),
	status = ProtoField.uint8("gridc.status", "Status", base.DEC, {[0] = "ok", "failed"}),
	target = ProtoField.uint8("gridc.target", "Target", base.DEC, targets),
	messages = ProtoField.uint64("gridc.credit.messages", "Credit: messages"),
	bytes = ProtoField.uint64("gridc.credit.bytes", "Credit: bytes"),
	number = ProtoField.uint64("gridc.number", "Number"),
	reason = ProtoField.string("gridc.reason", "Reason"),
}
gridc.fields = f

local malformed = ProtoExpert.new("gridc.malformed", "It ends too early", expert.group.MALFORMED, expert.severity.ERROR)
gridc.experts = {malformed}

local tcp_stream = Field.new("tcp.stream")
local sessions = {}

function gridc.init() sessions = {} end

-- session is what is known of a TCP stream.
local function session(number)
	if not sessions[number] then
		sessions[number] = {routes = {}, handlers = {}, checksums = {}}
	end
	return sessions[number]
end

-- A reader takes fields from a range. It never reads past the end: there it raises, and
-- what is cut off is shown as malformed.
local Reader = {}
Reader.__index = Reader

local function reader(tvb, at, stop) return setmetatable({tvb = tvb, at = at, stop = stop}, Reader) end

function Reader:take(n)
	if self.at + n > self.stop then error("short", 0) end
	local range = self.tvb(self.at, n)
	self.at = self.at + n
	return range
end

-- varint returns a number, exact to 2^53, its two halves, and where it was.
function Reader:varint()
	local first, low, high, shift = self.at, 0, 0, 0
	while true do
		local b = self:take(1):uint()
		local bits = b % 128
		if shift < 28 then
			low = low + bits * 2 ^ shift
		elseif shift == 28 then
			low, high = low + bits % 16 * 2 ^ 28, math.floor(bits / 16)
		else
			high = high + bits * 2 ^ (shift - 32)
		end
		if b < 128 then break end
		shift = shift + 7
		if shift > 63 then error("short", 0) end
	end
	return high * 2 ^ 32 + low, self.tvb(first, self.at - first), UInt64.new(low, high % 2 ^ 32)
end

function Reader:bytes()
	local n = self:varint()
	if n == 0 then return nil, "" end
	local range = self:take(n)
	return range, range:string()
end

function Reader:rest() return self.stop - self.at end

-- add puts a varint into the tree; text puts a string there.
function Reader:add(tree, field)
	local n, range, exact = self:varint()
	if field == f.id or field == f.route or field == f.timeout or field == f.size or field == f.messages or field == f.bytes or field == f.number then
		tree:add(field, range, exact)
	else
		tree:add(field, range, n)
	end
	return n, tostring(exact)
end

function Reader:text(tree, field)
	local range, text = self:bytes()
	if range then tree:add(field, range) end
	return text
end

local function handler_of(tree, s, peer, route)
	local found = (s.routes[peer] or {})[route]
	if not found then return nil end
	tree:add(f.handler, found.id):set_generated()
	if found.subroute ~= "" then tree:add(f.subroute, found.subroute):set_generated() end
	return found
end

local function payload(r, tree, flags)
	if flags % 2 == 1 then
		r:add(tree, f.size)
		return
	end
	tree:add(f.length, r:rest()):set_generated()
	if r:rest() > 0 then tree:add(f.payload, r:take(r:rest())) end
end

local function metadata(r, tree, flags)
	if math.floor(flags / 2) % 2 == 0 then return end
	local range = r:bytes()
	if not range then return end
	local m = reader(range:tvb(), 0, range:len())
	for _ = 1, (m:varint()) do
		m:text(tree, f.key)
		m:text(tree, f.value)
	end
end

local function failure(r, tree)
	r:add(tree, f.outcome)
	local code = r:text(tree, f.code)
	r:text(tree, f.message)
	if r:rest() > 0 then tree:add(f.detail, r:take(r:rest())) end
	return code
end

-- Frames by kind: each returns what the info column says besides kind and id. way has the
-- two ends of the packet, as the session knows them.
local frames = {}

-- A call or an open names a route of the peer; what answers it is found by its id.
local function request(r, tree, s, way, stream)
	local _, id = r:add(tree, f.id)
	local route = r:add(tree, f.route)
	local found = handler_of(tree, s, way.dst, route)
	if found and way.first then s.handlers[(stream and "s" or way.src) .. id] = found end
	r:add(tree, f.timeout)
	if stream then r:add(tree, f.messages) end
	local flags = r:add(tree, f.flags)
	metadata(r, tree, flags)
	payload(r, tree, flags)
	return id .. (found and " handler " .. found.id or "")
end

local function of(tree, found)
	if not found then return "" end
	tree:add(f.handler, found.id):set_generated()
	return " handler " .. found.id
end

frames[1] = function(r, tree, s, way) return request(r, tree, s, way, false) end
frames[4] = function(r, tree, s, way) return request(r, tree, s, way, true) end
frames[2] = function(r, tree, s, way)
	local _, id = r:add(tree, f.id)
	local text = of(tree, s.handlers[way.dst .. id])
	payload(r, tree, (r:add(tree, f.flags)))
	return id .. text
end
frames[3] = function(r, tree, s, way)
	local _, id = r:add(tree, f.id)
	return id .. of(tree, s.handlers[way.dst .. id]) .. " " .. failure(r, tree)
end
frames[5] = function(r, tree, s)
	local _, id = r:add(tree, f.id)
	local text = of(tree, s.handlers["s" .. id])
	payload(r, tree, (r:add(tree, f.flags)))
	return id .. text
end
frames[6] = function(r, tree, s)
	local _, id = r:add(tree, f.id)
	local text = of(tree, s.handlers["s" .. id])
	if r:add(tree, f.status) ~= 0 then text = text .. " " .. failure(r, tree) end
	return id .. text
end
frames[7] = function(r, tree)
	r:add(tree, f.target)
	local _, id = r:add(tree, f.id)
	return id .. " " .. r:text(tree, f.code)
end
frames[8] = function(r, tree)
	r:add(tree, f.target)
	local _, id = r:add(tree, f.id)
	r:add(tree, f.messages)
	r:add(tree, f.bytes)
	return id
end
frames[9] = function(r, tree)
	r:add(tree, f.target)
	local _, id = r:add(tree, f.id)
	payload(r, tree, 0)
	return id
end
frames[10] = function(r, tree) return select(2, r:add(tree, f.number)) end
frames[11] = frames[10]
frames[12] = function(r, tree) return r:text(tree, f.reason) end
frames[13] = function(r, tree, s, way)
	r:add(tree, f.flags)
	s.routes[way.src] = s.routes[way.src] or {}
	while r:rest() > 0 do
		local range = r:bytes()
		if not range then error("short", 0) end
		local e, entry = reader(range:tvb(), 0, range:len()), tree:add(gridc, range, "Route")
		local route = e:add(entry, f.route)
		local id = e:add(entry, f.handler)
		local subroute = e:text(entry, f.subroute)
		if way.first then s.routes[way.src][route] = {id = id, subroute = subroute} end
	end
	return ""
end
frames[14] = function(r, tree)
	r:add(tree, f.flags)
	local id = r:add(tree, f.handler)
	payload(r, tree, 0)
	return "handler " .. id
end

local function frame(r, root, s, way)
	local first = r.at
	local kind = r:take(1):uint() % 128
	local length = r:varint()
	if r.at + length > r.stop then error("short", 0) end
	local tree = root:add(gridc, r.tvb(first, r.at + length - first), "Frame: " .. (kinds[kind] or "of an unknown kind"))
	tree:add(f.kind, r.tvb(first, 1), kind)
	local body = reader(r.tvb, r.at, r.at + length)
	r.at = r.at + length
	if not frames[kind] then return "unknown" end
	local ok, text = pcall(frames[kind], body, tree, s, way)
	if not ok then tree:add_proto_expert_info(malformed, tostring(text)) end
	return kinds[kind] .. " " .. (ok and text or "(malformed)")
end

local function batch(tvb, root, s, way)
	local r, told = reader(tvb, 0, tvb:len()), {}
	if s.checked then root:add_le(f.checksum, r:take(8)) end
	while r:rest() > 0 do told[#told + 1] = frame(r, root, s, way) end
	return table.concat(told, ", ")
end

local hello_tags = {[2] = f.name, [3] = f.target_name, [7] = f.scheme, [8] = f.checksums}

local function handshake(tvb, root, s, way, number)
	local r = reader(tvb, 0, tvb:len())
	local range = r:take(1)
	local kind, text = range:uint(), ""
	root:add(f.handshake, range)
	if kind == 1 then
		while r:rest() > 0 do
			local tag = r:varint()
			local value, said = r:bytes()
			if value and hello_tags[tag] then root:add(hello_tags[tag], value) end
			if tag == 2 then text = said end
			if tag == 8 and way.first then s.checksums[#s.checksums + 1] = said end
		end
	elseif kind == 4 then
		text = r:text(root, f.code) .. " " .. r:text(root, f.reason)
	elseif kind == 3 and way.first then
		local a, b = s.checksums[1] or "", s.checksums[2] or ""
		s.welcome, s.checked = number, a:find("x", 1, true) and b:find("x", 1, true) and true
	end
	return (handshakes[kind] or "unknown") .. " " .. text
end

function gridc.dissector(tvb, pinfo, root)
	local stream = tcp_stream()
	if not stream then return 0 end
	local s = session(stream.value)
	local way = {src = tostring(pinfo.src) .. " " .. pinfo.src_port .. " ", dst = tostring(pinfo.dst) .. " " .. pinfo.dst_port .. " ", first = not pinfo.visited}
	local tree = root:add(gridc, tvb(), "gridc")
	-- The welcome is one byte, which no batch is; what follows it, also in its packet, are batches.
	local greeting = not s.welcome or pinfo.number < s.welcome or pinfo.number == s.welcome and tvb:len() == 1
	local ok, text = pcall(greeting and handshake or batch, tvb, tree, s, way, pinfo.number)
	if not ok then
		tree:add_proto_expert_info(malformed, tostring(text))
		text = "malformed"
	end
	pinfo.cols.protocol = "gridc"
	pinfo.cols.info:append(" " .. text)
	return tvb:len()
end

DissectorTable.get("ws.protocol"):add("gridc.v1", gridc)
