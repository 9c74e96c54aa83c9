using System.Net.Sockets;

namespace HealthGpt.Collectives.Joining;

internal sealed record PeerSockets(int Rank, Socket Control, Socket Data);
