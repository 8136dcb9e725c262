using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>
/// The folder of a model that EleutherAI's sparsify reads and writes: <c>cfg.json</c> and <c>sae.safetensors</c> with
/// encoder.weight [M, D], encoder.bias [M], W_dec [M, D], b_dec [D], and W_skip [D, D] with a skip path.
/// </summary>
/// <remarks>
/// <para>M is DSae and D is DIn, which DOut must be too. The activations <c>topk</c> (plain, <c>multi_topk</c>,
/// transcoders with and without a skip path) and <c>groupmax</c> are known. sparsify takes the k largest after ReLU,
/// where we clip after the selection: the same latents are active.</para>
/// <para>Input scaling is folded into the weights as in <see cref="SaeLensLayout"/>.
/// Source of the layout: https://github.com/EleutherAI/sparsify, version 1.3.</para>
/// </remarks>
public static class SparsifyLayout
{
    /// <summary>The name of the configuration file.</summary>
    public const string ConfigFileName = "cfg.json";

    /// <summary>The name of the file of weights.</summary>
    public const string WeightsFileName = "sae.safetensors";

    private const string EncoderName = "encoder.weight";
    private const string EncoderBiasName = "encoder.bias";
    private const string DecoderName = "W_dec";
    private const string DecoderBiasName = "b_dec";
    private const string SkipName = "W_skip";

    /// <summary>Whether a folder holds a model in this layout.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, WeightsFileName));

    /// <summary>Writes a model. Each file is complete or not there; those of an earlier model are replaced.</summary>
    /// <param name="folder">The folder; made where it does not exist.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="scaling">How the training scaled its inputs; folded in.</param>
    /// <param name="targets">How the training scaled what a transcoder reconstructs; null for not at all.</param>
    /// <exception cref="ArgumentException">sparsify has no such architecture, or DOut is not DIn.</exception>
    /// <exception cref="IOException">The files cannot be written, for example because the disk is full.</exception>
    public static void Save(
        string folder,
        SaeConfig config,
        SaeParameters parameters,
        InputScaling scaling,
        InputScaling? targets = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(scaling);
        config.Validate();
        Shape.Require(
            !config.HasLayerNorm,
            nameof(SparsifyLayout),
            $"HasLayerNorm must be false, as the layout has no word for it and no weight can hold it, but is true.",
            "Save the model in SAELens' layout.");
        Shape.RequireMatrix(
            nameof(SparsifyLayout), nameof(parameters.WEnc), parameters.WEnc, config.DSae, config.DIn);
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        InputScaling outputs = architecture.HasTarget ? targets ?? InputScaling.None : scaling;
        SparsifyConfig described = SparsifyConfig.Of(config, outputs is { Scales.Count: 0, Scale: 1 });
        FoldedWeights folded = new(parameters, scaling, outputs, architecture.HasTarget);
        List<TensorContent> tensors =
        [
            TensorContent.Singles(EncoderName, [config.DSae, config.DIn], folded.ReadWEncRows),
            TensorContent.Singles(EncoderBiasName, [config.DSae], folded.ReadBEnc),
            TensorContent.Singles(DecoderName, [config.DSae, config.DIn], folded.ReadWDec),
            TensorContent.Singles(DecoderBiasName, [config.DIn], folded.ReadBDec),
        ];
        if (architecture.HasSkip)
        {
            tensors.Add(TensorContent.Singles(SkipName, [config.DIn, config.DIn], folded.ReadWSkip));
        }

        _ = Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFileName), tensors);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFileName), described.Write());
    }

    /// <summary>Reads a model onto a backend.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">One of the two files does not exist.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is broken, the architecture is not known, a tensor is missing, unknown or of another shape, or a weight
    /// is not finite.
    /// </exception>
    public static Sae Load(string folder, IComputeBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        foreach (string name in (string[])[ConfigFileName, WeightsFileName])
        {
            if (!File.Exists(Path.Combine(folder, name)))
            {
                throw new FileNotFoundException(
                    $"{folder}: a model of sparsify has {ConfigFileName} and {WeightsFileName}, but there is no "
                    + $"{name}. Check the path.",
                    Path.Combine(folder, name));
            }
        }

        SaeConfig config = SparsifyConfig.Read(Path.Combine(folder, ConfigFileName));
        using WeightTensors tensors = new(SafetensorsFile.Open(Path.Combine(folder, WeightsFileName)), ConfigFileName);
        RequireTensors(tensors, config);
        Sae sae = SaeArchitectures.Create(backend, config);
        try
        {
            Read(tensors, sae.Parameters);
            return sae;
        }
        catch
        {
            sae.Dispose();
            throw;
        }
    }

    private static void RequireTensors(WeightTensors tensors, SaeConfig config)
    {
        string[] skip = SaeArchitectures.Get(config.Architecture).HasSkip ? [SkipName] : [];
        tensors.Require(EncoderName, config.DSae, config.DIn);
        tensors.Require(EncoderBiasName, config.DSae);
        tensors.Require(DecoderName, config.DSae, config.DIn);
        tensors.Require(DecoderBiasName, config.DIn);
        Array.ForEach(skip, name => tensors.Require(name, config.DIn, config.DIn));
        tensors.RequireNoOther([EncoderName, EncoderBiasName, DecoderName, DecoderBiasName, .. skip]);
    }

    private static void Read(WeightTensors tensors, SaeParameters parameters)
    {
        tensors.Read(EncoderName, parameters.WEnc.Buffer);
        tensors.Read(EncoderBiasName, parameters.BEnc);
        tensors.Read(DecoderName, parameters.WDec.Buffer);
        tensors.Read(DecoderBiasName, parameters.BDec);
        if (parameters.WSkip is RealMatrix skip)
        {
            tensors.Read(SkipName, skip.Buffer);
        }
    }
}
