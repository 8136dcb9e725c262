using System.Text.Json.Nodes;
using SaeKernels.Files;
using SaeKernels.Reference;

namespace SaeKernels.Tests.Model;

public sealed class BadCheckpointTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("saekernels-").FullName;
    private readonly ReferenceBackend<float> backend = ReferenceBackend.Create();

    public BadCheckpointTests()
    {
        SaeConfig config = new() { Architecture = "topk", DIn = 2, DSae = 3, K = 1 };
        using SaeParameters parameters = new(this.backend, config);
        SaeLensLayout.Save(this.folder, config, parameters, InputScaling.None);
    }

    private string ConfigPath => Path.Combine(this.folder, SaeLensLayout.ConfigFileName);

    private string WeightsPath => Path.Combine(this.folder, SaeLensLayout.WeightsFileName);

    [Fact]
    public void The_untouched_checkpoint_loads() => SaeLensLayout.Load(this.folder, this.backend).Dispose();

    [Fact]
    public void A_missing_folder_is_named()
    {
        string missing = Path.Combine(this.folder, "nowhere");

        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            () => SaeLensLayout.Load(missing, this.backend));

        Assert.Equal(
            $"{missing}: must be the folder of a saved model, but does not exist. Check the path.", fault.Message);
    }

    [Theory]
    [InlineData("cfg.json")]
    [InlineData("sae_weights.safetensors")]
    public void A_missing_file_is_named(string name)
    {
        File.Delete(Path.Combine(this.folder, name));

        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(
            () => SaeLensLayout.Load(this.folder, this.backend));

        Assert.Equal(
            $"{this.folder}: a saved model has cfg.json and sae_weights.safetensors, but there is no {name}. "
            + "Check the path, or save the model again.",
            fault.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"d_in\": 2")]
    [InlineData("[1, 2]")]
    [InlineData("null")]
    [InlineData("{\"d_in\": 2, \"d_in\": 3}")]
    public void A_configuration_that_is_not_an_object_is_rejected(string text)
    {
        File.WriteAllText(this.ConfigPath, text);

        AssertFault($"{this.ConfigPath}: must be a JSON object, but cannot be read as one: ");
    }

    [Theory]
    [InlineData("\"temporal\"")]
    [InlineData("7")]
    [InlineData(null)]
    public void Another_architecture_is_named_with_what_is_supported(string? found)
    {
        EditConfig("architecture", found);

        IEnumerable<string> names =
            SaeArchitectures.All.Select(known => $"\"{known.SaeLensName}\"").Distinct();
        AssertFault(
            $"{this.ConfigPath}: architecture must be one of {string.Join(", ", names)}, those that can be loaded, but "
            + $"is {found ?? "missing"}. Load a model of one of them.");
    }

    [Theory]
    [InlineData("apply_b_dec_to_input", "false", "true")]
    [InlineData("rescale_acts_by_decoder_norm", "true", "false")]
    public void A_setting_that_would_compute_something_else_is_rejected(string name, string found, string supported)
    {
        EditConfig(name, found);

        AssertFault(
            $"{this.ConfigPath}: {name} must be {supported}, the only value that can be loaded, but is {found}. ");
    }

    [Fact]
    public void A_normalisation_that_is_not_known_is_rejected()
    {
        EditConfig("normalize_activations", "\"constant_norm_rescale\"");

        AssertFault(
            $"{this.ConfigPath}: normalize_activations must be \"none\" or \"layer_norm\", the values that can be "
            + "loaded, but is \"constant_norm_rescale\". ");
    }

    [Theory]
    [InlineData("d_in", null)]
    [InlineData("d_sae", "\"3\"")]
    [InlineData("k", "1.5")]
    [InlineData("d_sae", "3000000000")]
    public void A_size_that_is_not_a_whole_number_is_rejected(string name, string? found)
    {
        EditConfig(name, found);

        AssertFault($"{this.ConfigPath}: {name} must be a whole number below 2^31, but is {found ?? "missing"}. ");
    }

    [Fact]
    public void A_size_outside_its_range_is_rejected()
    {
        EditConfig("k", "4");

        AssertFault($"{this.ConfigPath}: SaeConfig: K must be between 1 and DSae = 3, but is 4. ");
    }

    [Fact]
    public void Weights_of_another_shape_are_rejected_before_memory_is_allocated()
    {
        EditConfig("d_sae", "2000000000");

        AssertFault(
            $"{this.WeightsPath}: W_enc must be [2, 2000000000] as cfg.json says, but is [2, 3]: a checkpoint of "
            + "another shape. "
            + "Put the two files of one model together.");
    }

    [Fact]
    public void A_transposed_matrix_is_rejected()
    {
        WriteWeights(("W_enc", [3, 2]), ("b_enc", [3]), ("W_dec", [3, 2]), ("b_dec", [2]));

        AssertFault(
            $"{this.WeightsPath}: W_enc must be [2, 3] as cfg.json says, but is [3, 2]: "
            + "a checkpoint of another shape. ");
    }

    [Theory]
    [InlineData("W_enc", "[2, 3]")]
    [InlineData("b_enc", "[3]")]
    [InlineData("W_dec", "[3, 2]")]
    [InlineData("b_dec", "[2]")]
    public void A_missing_tensor_is_named(string name, string shape)
    {
        (string Name, long[] Shape)[] rest = [.. All.Where(tensor => tensor.Name != name)];
        WriteWeights(rest);

        string there = string.Join(", ", rest.Select(tensor => tensor.Name).Order(StringComparer.Ordinal));
        AssertFault(
            $"{this.WeightsPath}: must have a tensor {name} {shape}, but has only: {there}. Save the model again.");
    }

    [Fact]
    public void An_unknown_tensor_is_named()
    {
        WriteWeights([.. All, ("threshold", [3])]);

        AssertFault($"{this.WeightsPath}: must have W_enc, b_enc, W_dec, b_dec only, but has threshold, ");
    }

    [Theory]
    [InlineData("W_enc", 5, float.NaN, "W_enc[1, 2] is NaN")]
    [InlineData("W_dec", 3, float.PositiveInfinity, "W_dec[1, 1] is Infinity")]
    [InlineData("b_enc", 2, float.NaN, "b_enc[2] is NaN")]
    [InlineData("b_dec", 0, float.NegativeInfinity, "b_dec[0] is -Infinity")]
    public void A_weight_that_is_not_finite_is_named_and_nothing_stays_allocated(
        string name, int element, float value, string found)
    {
        WriteWeights(All, name, element, value);

        AssertFault(
            $"{this.WeightsPath}: weights must be finite, but {found}. The training diverged; load an earlier "
            + "checkpoint.");
        Assert.Equal(0, this.backend.AllocatedBytes);
    }

    [Fact]
    public void Weights_that_are_integers_are_rejected()
    {
        TensorContent[] tensors =
        [
            .. All.Where(tensor => tensor.Name != "b_dec").Select(tensor => Zeros(tensor)),
            TensorContent.Int32s("b_dec", [2], (_, target) => target.Clear()),
        ];
        SafetensorsWriter.Write(this.WeightsPath, tensors);

        AssertFault($"{this.WeightsPath}: 'b_dec' must be of type F32, F16, BF16 or F64, but is I32. ");
    }

    [Fact]
    public void Truncated_weights_are_rejected()
    {
        byte[] bytes = File.ReadAllBytes(this.WeightsPath);
        File.WriteAllBytes(this.WeightsPath, bytes[..^1]);

        AssertFault(this.WeightsPath);
    }

    public void Dispose()
    {
        this.backend.Dispose();
        Directory.Delete(this.folder, recursive: true);
    }

    private static (string Name, long[] Shape)[] All { get; } =
        [("W_enc", [2, 3]), ("b_enc", [3]), ("W_dec", [3, 2]), ("b_dec", [2])];

    private void EditConfig(string name, string? json)
    {
        JsonObject root = JsonNode.Parse(File.ReadAllText(this.ConfigPath))!.AsObject();
        _ = root.Remove(name);
        if (json is not null)
        {
            root[name] = JsonNode.Parse(json);
        }

        File.WriteAllText(this.ConfigPath, root.ToJsonString());
    }

    private void WriteWeights(params (string Name, long[] Shape)[] tensors) => WriteWeights(tensors, "", 0, 0);

    private void WriteWeights((string Name, long[] Shape)[] tensors, string name, int element, float value) =>
        SafetensorsWriter.Write(
            this.WeightsPath, [.. tensors.Select(t => t.Name == name ? Zeros(t, element, value) : Zeros(t))]);

    private static TensorContent Zeros((string Name, long[] Shape) tensor, int element = 0, float value = 0) =>
        TensorContent.Singles(tensor.Name, tensor.Shape, (_, target) =>
        {
            target.Clear();
            target[element] = value;
        });

    private void AssertFault(string beginning)
    {
        InvalidDataException fault = Assert.Throws<InvalidDataException>(
            () => SaeLensLayout.Load(this.folder, this.backend));

        Assert.StartsWith(beginning, fault.Message, StringComparison.Ordinal);
    }
}
