using HealthGpt.Model.Decoder.Cpu;
using HealthGpt.Model.Decoder.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Decoder;

// Shapes: B batch, H hidden, V rows of the head.

/// <summary>The output head over the few positions that decoding asks for.</summary>
public static unsafe class LogitProjection
{
    /// <summary>Logits in float32.</summary>
    /// <param name="hidden">Hidden states after the final norm, <c>(.., H)</c>.</param>
    /// <param name="head">Rows of the output head, <c>(V, H)</c>.</param>
    /// <returns><c>(.., V)</c>, the caller's.</returns>
    public static Tensor Apply(Tensor hidden, Tensor head)
    {
        var rows = hidden.numel() / head.shape[1];
        if (!is_grad_enabled() && rows <= CpuDecodingStep.MostRows && RowProducts.IsSupported && TensorRows.Fits(head) && hidden.device_type == DeviceType.CPU)
            return OnCpu(hidden, head, (int)rows);

        using var logits = nn.functional.linear(hidden, head);
        return logits.dtype == ScalarType.Float32 ? logits.alias() : logits.to(ScalarType.Float32);
    }

    private static Tensor OnCpu(Tensor hidden, Tensor head, int rows)
    {
        using var wide = hidden.to(ScalarType.Float32);
        using var plain = wide.contiguous();
        var weight = TensorRows.Of(head);
        var logits = empty([.. hidden.shape[..^1], weight.Rows], ScalarType.Float32);
        nint x = TensorRows.Address(plain), y = TensorRows.Address(logits);
        ThreadTeam.Run(get_num_threads(), (team, member) =>
        {
            var inputs = stackalloc float*[CpuDecodingStep.MostRows];
            var outputs = stackalloc float*[CpuDecodingStep.MostRows];
            for (var row = 0; row < rows; row++)
            {
                inputs[row] = (float*)x + ((long)row * weight.Columns);
                outputs[row] = (float*)y + ((long)row * weight.Rows);
            }

            var (first, end) = team.Share(member, weight.Rows, RowProducts.Block);
            RowProducts.Multiply(weight, null, inputs, outputs, rows, first, end, add: false);
        });
        return logits;
    }
}
