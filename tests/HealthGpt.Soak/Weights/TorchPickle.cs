namespace HealthGpt.Soak.Weights;

/// <summary>Pickles as torch.save writes them.</summary>
internal static class TorchPickle
{
    /// <summary>A state dict by itself.</summary>
    public static byte[] StateDict(IEnumerable<SavedTensor> tensors, bool legacy = false, int protocol = 2) =>
        WriteStateDict(new PickleWriter(protocol), tensors, legacy).Stop();

    /// <summary>A Lightning checkpoint: counters, callbacks keyed by class, optimizer state, and the state dict.</summary>
    public static byte[] Lightning(IReadOnlyList<SavedTensor> tensors, bool legacy = false)
    {
        var pickle = new PickleWriter().Op('}').Op('(');
        pickle.Text("epoch").Number(3).Text("global_step").Number(70_000).Text("pytorch-lightning_version").Text("1.0.8").Text("state_dict");
        WriteStateDict(pickle, tensors, legacy);
        pickle.Text("callbacks").Op('}').Global("pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint")
            .Op('}').Op('(').Text("monitor").Text("val/rec_loss").Text("best_model_score");
        WriteTensor(pickle, tensors[0], legacy).Text("best_model_path").Text("logs/last.ckpt").Op('u').Op('s');
        pickle.Text("optimizer_states").Op(']').Op('}').Op('(').Text("state").Op('}').Op('(').Number(4_830_682_784).Op('}').Op('(').Text("step").Number(187).Text("exp_avg");
        WriteTensor(pickle, tensors[0], legacy).Op('u').Op('u').Text("param_groups").Op(']').Op('}').Op('(').Text("lr").Float(4.5e-6).Text("betas").Float(0.5).Float(0.9).Raw(0x86);
        pickle.Text("amsgrad").Bool(false).Op('u').Op('a').Op('u').Op('a');
        pickle.Text("lr_schedulers").Op(']').Text("nothing").Op('N');
        return pickle.Op('u').Stop();
    }

    /// <summary>An OrderedDict with the attribute that PyTorch's modules give it.</summary>
    private static PickleWriter WriteStateDict(PickleWriter pickle, IEnumerable<SavedTensor> tensors, bool legacy)
    {
        pickle.Global("collections", "OrderedDict").Op(')').Op('R').Op('(');
        foreach (var tensor in tensors) WriteTensor(pickle.Text(tensor.Name), tensor, legacy);
        pickle.Op('u').Op('}').Text("_metadata").Global("collections", "OrderedDict").Op(')').Op('R');
        return pickle.Text("").Op('}').Text("version").Number(1).Op('s').Op('s').Op('s').Op('b');
    }

    public static PickleWriter WriteTensor(PickleWriter pickle, SavedTensor tensor, bool legacy)
    {
        if (tensor.IsParameter) pickle.Global("torch._utils", "_rebuild_parameter").Op('(');
        pickle.Global("torch._utils", "_rebuild_tensor_v2").Op('(');
        pickle.Op('(').Text("storage").Global("torch", SavedTensor.StorageOf(tensor.Type)).Text(tensor.Key).Text("cpu");
        pickle.Number(tensor.ClaimedElements ?? (tensor.Elements.Length / SavedTensor.BytesOf(tensor.Type)));
        if (legacy) pickle.Op('N');
        pickle.Op('t').Op('Q').Number(tensor.Offset).Tuple(tensor.Shape).Tuple(tensor.Strides ?? RowMajor(tensor.Shape)).Bool(false);
        pickle.Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');
        return tensor.IsParameter ? pickle.Bool(true).Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R') : pickle;
    }

    private static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var dimension = shape.Length - 1; dimension >= 0; dimension--)
        {
            strides[dimension] = stride;
            stride *= Math.Max(shape[dimension], 1);
        }

        return strides;
    }
}
