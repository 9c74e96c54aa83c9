namespace HealthGpt.Model.Weights.PyTorch;

/// <summary>A tensor as a pickle describes it: a view of a storage.</summary>
/// <param name="Storage">The storage.</param>
/// <param name="Offset">Its first element.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Strides">Elements from one index to the next of each dimension.</param>
internal sealed record PickledTensor(StorageReference Storage, long Offset, long[] Shape, long[] Strides)
{
    /// <summary>Whether the elements lie row major without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            var stride = 1L;
            for (var dimension = Shape.Length - 1; dimension >= 0; dimension--)
            {
                if (Shape[dimension] == 0) return true;
                if (Shape[dimension] != 1 && Strides[dimension] != stride) return false;
                stride *= Shape[dimension];
            }

            return true;
        }
    }
}
