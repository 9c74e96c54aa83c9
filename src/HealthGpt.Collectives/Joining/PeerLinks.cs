using HealthGpt.Collectives.Links;

namespace HealthGpt.Collectives.Joining;

internal sealed record PeerLinks(ControlLink Control, DataLink Data);
