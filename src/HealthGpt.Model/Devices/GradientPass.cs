using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace HealthGpt.Model.Devices;

/// <summary>
/// Backward passes through nodes that this project writes itself. An exception may not leave such a node, because libtorch's frames lie between it and the caller: it is kept, the pass goes on
/// without the node's gradients, and the exception is thrown at its end. What a node returns belongs to this, since libtorch takes it only after the node has returned.
/// </summary>
public sealed class GradientPass
{
    // A thread's graphs, whichever thread libtorch walks them on.
    [ThreadStatic]
    private static GradientPass? _current;

    private Exception? _failure;
    private List<Tensor?> _returned = [];

    private GradientPass()
    {
    }

    private static GradientPass Current => _current ??= new GradientPass();

    /// <summary>Adds the gradients of a loss to the leaves that it depends on.</summary>
    /// <param name="loss">One number.</param>
    /// <exception cref="Exception">What a node met; gradients are then incomplete.</exception>
    public static void Run(Tensor loss)
    {
        var pass = Current;
        pass.ThrowPending();
        loss.backward();
        pass.Release();
        pass.ThrowPending();
    }

    /// <summary>Ties a node to the calling thread's passes.</summary>
    internal static void Join(autograd.AutogradContext node)
    {
        // Of a pass that was not run here.
        Current.ThrowPending();
        node.save_data(nameof(GradientPass), Current);
    }

    /// <summary>Runs a node's part of the pass.</summary>
    /// <param name="node">The node, which has joined.</param>
    /// <param name="gradient">Gradient of its output; disposed.</param>
    /// <param name="inputs">How many inputs it has.</param>
    /// <param name="compute">The gradients of the inputs, null for none.</param>
    internal static List<Tensor?> Through(autograd.AutogradContext node, Tensor gradient, int inputs, Func<Tensor, List<Tensor?>> compute)
    {
        var pass = (GradientPass)node.get_data(nameof(GradientPass));
        pass.Release();
        using (gradient)
        {
            try
            {
                if (is_grad_enabled()) throw new NotSupportedException("gradients of gradients are not computed here; run the pass without create_graph");
                var computed = compute(gradient);
                // A pass within this node has left what its last node returned.
                pass.Release();
                return pass._returned = computed;
            }
            catch (Exception error)
            {
                pass._failure ??= error;
                return [.. Enumerable.Repeat<Tensor?>(null, inputs)];
            }
        }
    }

    private void ThrowPending()
    {
        if (_failure is not { } failure) return;
        _failure = null;
        ExceptionDispatchInfo.Throw(failure);
    }

    private void Release()
    {
        foreach (var tensor in _returned) tensor?.Dispose();
        _returned = [];
    }
}
