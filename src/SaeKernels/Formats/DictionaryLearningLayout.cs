using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Files;

namespace SaeKernels;

/// <summary>
/// The folder of a model that dictionary_learning reads and writes: <c>ae.pt</c>, a state dictionary of PyTorch, and
/// <c>config.json</c>. Its classes GatedAutoEncoder and JumpReluAutoEncoder are known.
/// </summary>
/// <remarks>
/// <para>GatedAutoEncoder, our <c>gated</c>: encoder.weight [F, D], gate_bias, r_mag and mag_bias [F], decoder.weight
/// [D, F], decoder_bias [D]. JumpReluAutoEncoder, our <c>jumprelu</c>: W_enc [D, F], b_enc and threshold [F], W_dec
/// [F, D], b_dec [D]. F is DSae and D is DIn.</para>
/// <para>The encoder of JumpReluAutoEncoder sees x itself, p = b + W_enc·x, and ours x − b_dec. b = b_enc − W_enc·b_dec
/// is computed in float64 and rounded once, either way. The class of <c>ae.pt</c> is told from its tensors, so
/// <c>config.json</c> may be missing. Input scaling is folded into the weights as in <see cref="SaeLensLayout"/>.
/// Source of the layout: https://github.com/saprmarks/dictionary_learning, dictionary.py and utils.py.</para>
/// </remarks>
public static class DictionaryLearningLayout
{
    /// <summary>The name of the configuration file.</summary>
    public const string ConfigFileName = "config.json";

    /// <summary>The name of the file of weights.</summary>
    public const string WeightsFileName = "ae.pt";

    private const string GatedClass = "GatedAutoEncoder";
    private const string JumpReluClass = "JumpReluAutoEncoder";
    private const string EncoderName = "encoder.weight";
    private const string GateBiasName = "gate_bias";
    private const string LogGainName = "r_mag";
    private const string MagnitudeBiasName = "mag_bias";
    private const string DecoderName = "decoder.weight";
    private const string DecoderBiasName = "decoder_bias";
    private const string JumpEncoderName = "W_enc";
    private const string JumpEncoderBiasName = "b_enc";
    private const string JumpDecoderName = "W_dec";
    private const string JumpDecoderBiasName = "b_dec";
    private const string ThresholdName = "threshold";

    /// <summary>Whether a folder holds a model in this layout.</summary>
    /// <param name="folder">The folder; it need not exist.</param>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, WeightsFileName));

    /// <summary>Writes a model. Each file is complete or not there; those of an earlier model are replaced.</summary>
    /// <param name="folder">The folder; made where it does not exist.</param>
    /// <param name="config">Architecture and sizes.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="scaling">How the training scaled its inputs; folded in.</param>
    /// <exception cref="ArgumentException">
    /// The architecture is none of <c>gated</c>, <c>jumprelu</c> and <c>jumprelu-tanh</c>, or sizes do not fit.
    /// </exception>
    /// <exception cref="IOException">The files cannot be written, for example because the disk is full.</exception>
    public static void Save(string folder, SaeConfig config, SaeParameters parameters, InputScaling scaling)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(scaling);
        config.Validate();
        Shape.Require(
            !config.HasLayerNorm,
            nameof(DictionaryLearningLayout),
            $"HasLayerNorm must be false, as the layout has no word for it and no weight can hold it, but is true.",
            "Save the model in SAELens' layout.");
        Shape.RequireMatrix(
            nameof(DictionaryLearningLayout), nameof(parameters.WEnc), parameters.WEnc, config.DSae, config.DIn);
        FoldedWeights folded = new(parameters, scaling, scaling, seesRaw: false);
        (string name, TensorContent[] tensors) = config.Architecture switch
        {
            "gated" => (GatedClass, Gated(config, parameters, folded)),
            "jumprelu" or "jumprelu-tanh" => (JumpReluClass, JumpRelu(config, parameters, folded)),
            _ => throw new ArgumentException(
                $"{nameof(DictionaryLearningLayout)}: the architecture must be one of gated, jumprelu, jumprelu-tanh, "
                + $"but is {config.Architecture}. Save the model in SAELens' layout."),
        };
        JsonObject described = new()
        {
            ["trainer"] = new JsonObject
            {
                ["dict_class"] = name,
                ["activation_dim"] = config.DIn,
                ["dict_size"] = config.DSae,
            },
        };
        _ = Directory.CreateDirectory(folder);
        TorchFile.Write(Path.Combine(folder, WeightsFileName), tensors);
        AtomicFile.WriteText(Path.Combine(folder, ConfigFileName), described.ToJsonString() + "\n");
    }

    /// <summary>Reads a model onto a backend.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="backend">Computes, and owns the memory; it outlives the model.</param>
    /// <returns>The model; the caller disposes it.</returns>
    /// <exception cref="FileNotFoundException">There is no <c>ae.pt</c>.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is broken, its class is not known, a tensor is missing, unknown or of another shape, or a weight is not
    /// finite.
    /// </exception>
    public static Sae Load(string folder, IComputeBackend backend)
    {
        ArgumentNullException.ThrowIfNull(backend);
        TorchFile file = TorchFile.Open(Path.Combine(folder, WeightsFileName));
        using WeightTensors tensors = new(file, WeightsFileName);
        SaeConfig config = Describe(file);
        Require(tensors, config);
        Sae sae = SaeArchitectures.Create(backend, config);
        try
        {
            Read(file, tensors, sae.Parameters);
            return sae;
        }
        catch
        {
            sae.Dispose();
            throw;
        }
    }

    private static TensorContent[] Gated(SaeConfig config, SaeParameters parameters, FoldedWeights folded) =>
    [
        TensorContent.Singles(DecoderBiasName, [config.DIn], folded.ReadBDec),
        OfLatents(LogGainName, parameters, LatentVector.LogGainName),
        TensorContent.Singles(GateBiasName, [config.DSae], folded.ReadBEnc),
        OfLatents(MagnitudeBiasName, parameters, LatentVector.MagnitudeBiasName),
        TensorContent.Singles(EncoderName, [config.DSae, config.DIn], folded.ReadWEncRows),
        TensorContent.Singles(DecoderName, [config.DIn, config.DSae], folded.ReadWDecColumns),
    ];

    private static TensorContent[] JumpRelu(SaeConfig config, SaeParameters parameters, FoldedWeights folded) =>
    [
        TensorContent.Singles(JumpEncoderName, [config.DIn, config.DSae], folded.ReadWEnc),
        TensorContent.Singles(JumpEncoderBiasName, [config.DSae], folded.ReadBEncOfRaw),
        TensorContent.Singles(JumpDecoderName, [config.DSae, config.DIn], folded.ReadWDec),
        TensorContent.Singles(JumpDecoderBiasName, [config.DIn], folded.ReadBDec),
        OfLatents(ThresholdName, parameters, LatentVector.ThresholdName),
    ];

    private static TensorContent OfLatents(string name, SaeParameters parameters, string vector)
    {
        RealBuffer values = parameters.LatentVector(vector);
        return TensorContent.Singles(name, [values.Length], (first, target) => values.Download(target, first));
    }

    /// <summary>What the tensors say of architecture and sizes.</summary>
    private static SaeConfig Describe(TorchFile file)
    {
        bool isGated = file.Tensors.ContainsKey(GateBiasName);
        bool isJumpRelu = file.Tensors.ContainsKey(ThresholdName);
        TensorInfo? encoder = file.Tensors.GetValueOrDefault(isGated ? EncoderName : JumpEncoderName);
        if ((!isGated && !isJumpRelu) || encoder is not { Shape: [> 0 and <= int.MaxValue, > 0 and <= int.MaxValue] })
        {
            throw new InvalidDataException(
                $"{file.Path}: must be a {GatedClass} or a {JumpReluClass} of dictionary_learning, but has the tensors "
                + $"{string.Join(", ", file.Tensors.Values.Select(t => $"{t.Name} {t.ShapeText}"))}. Convert the model "
                + "to SAELens' layout.");
        }

        SaeConfig config = new()
        {
            Architecture = isGated ? GatedSae.Architecture.Id : JumpReluSae.Architecture.Id,
            DSae = (int)encoder.Shape[isGated ? 0 : 1],
            DIn = (int)encoder.Shape[isGated ? 1 : 0],
        };
        config.Validate();
        return config;
    }

    private static void Require(WeightTensors tensors, SaeConfig config)
    {
        (string name, long[] shape)[] known = config.Architecture == GatedSae.Architecture.Id
            ?
            [
                (EncoderName, [config.DSae, config.DIn]),
                (GateBiasName, [config.DSae]),
                (LogGainName, [config.DSae]),
                (MagnitudeBiasName, [config.DSae]),
                (DecoderName, [config.DIn, config.DSae]),
                (DecoderBiasName, [config.DIn]),
            ]
            :
            [
                (JumpEncoderName, [config.DIn, config.DSae]),
                (JumpEncoderBiasName, [config.DSae]),
                (ThresholdName, [config.DSae]),
                (JumpDecoderName, [config.DSae, config.DIn]),
                (JumpDecoderBiasName, [config.DIn]),
            ];
        Array.ForEach(known, tensor => tensors.Require(tensor.name, tensor.shape));
        tensors.RequireNoOther([.. known.Select(tensor => tensor.name)]);
    }

    private static void Read(TorchFile file, WeightTensors tensors, SaeParameters parameters)
    {
        if (file.Tensors.ContainsKey(GateBiasName))
        {
            ReadMatrix(EncoderName, parameters.WEnc, isRowALatent: true);
            ReadMatrix(DecoderName, parameters.WDec, isRowALatent: false);
            tensors.Read(DecoderBiasName, parameters.BDec);
            tensors.Read(GateBiasName, parameters.BEnc);
            tensors.Read(LogGainName, parameters.LatentVector(LatentVector.LogGainName));
            tensors.Read(MagnitudeBiasName, parameters.LatentVector(LatentVector.MagnitudeBiasName));
            return;
        }

        ReadMatrix(JumpEncoderName, parameters.WEnc, isRowALatent: false);
        ReadMatrix(JumpDecoderName, parameters.WDec, isRowALatent: true);
        tensors.Read(JumpDecoderBiasName, parameters.BDec);
        tensors.Read(JumpEncoderBiasName, parameters.BEnc);
        tensors.Read(ThresholdName, parameters.LatentVector(LatentVector.ThresholdName));
        SeeCentered(parameters);

        void ReadMatrix(string name, RealMatrix target, bool isRowALatent)
        {
            if (isRowALatent != file.ColumnMajor.Contains(name))
            {
                tensors.Read(name, target.Buffer);
            }
            else
            {
                tensors.ReadTransposed(name, target);
            }
        }
    }

    /// <summary>Makes the bias of an encoder that sees x that of one that sees x − b_dec.</summary>
    private static void SeeCentered(SaeParameters parameters)
    {
        float[] center = new float[parameters.BDec.Length];
        parameters.BDec.Download(center);
        double[] shifts = RowProducts.Of(parameters.WEnc, 0, parameters.WEnc.Rows, d => center[d]);
        float[] biases = new float[shifts.Length];
        parameters.BEnc.Download(biases);
        parameters.BEnc.Upload([.. biases.Zip(shifts, (bias, shift) => (float)(bias + shift))]);
    }
}
