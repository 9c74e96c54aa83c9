namespace HealthGpt.Model.Text;

/// <summary>A field of a protobuf message.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Wire">How it is written.</param>
/// <param name="Value">Its bytes; empty for a varint.</param>
/// <param name="Varint">A varint's value.</param>
/// <param name="Offset">Where it starts in the file.</param>
internal readonly record struct ProtobufField(int Number, int Wire, ReadOnlyMemory<byte> Value, ulong Varint, int Offset);
