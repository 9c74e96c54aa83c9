using HealthGpt.Model.Devices;
using static TorchSharp.torch;

namespace HealthGpt.Model.Tests.Devices;

public sealed class TorchRuntimeTests
{
    [Fact]
    public void No_product_or_convolution_of_float32_may_drop_bits_on_CUDA()
    {
        TorchRuntime.Prepare();

        Assert.False(backends.cuda.matmul.allow_tf32);
        Assert.False(backends.cudnn.allow_tf32);
    }
}
