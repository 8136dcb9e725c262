using System.Text.Json;

namespace SaeKernels.Tests.Model;

public sealed class SaeConfigTests
{
    private static readonly SaeConfig Valid = new() { Architecture = "topk", DIn = 768, DSae = 4096, K = 32 };

    [Fact]
    public void Json_brings_back_the_same_configuration()
    {
        string json = JsonSerializer.Serialize(Valid);

        Assert.Equal("""{"architecture":"topk","d_in":768,"d_sae":4096,"k":32}""", json);
        Assert.Equal(Valid, JsonSerializer.Deserialize<SaeConfig>(json));
    }

    [Fact]
    public void Json_without_a_size_is_rejected() =>
        Assert.Throws<JsonException>(
            () => JsonSerializer.Deserialize<SaeConfig>("""{"architecture":"topk","d_in":768,"k":32}"""));

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void K_from_1_to_DSae_is_valid(int k) => (Valid with { K = k }).Validate();

    [Fact]
    public void A_larger_K_names_both_numbers() => AssertInvalid(
        Valid with { K = 8192 },
        "SaeConfig: K must be between 1 and DSae = 4096, but is 8192. Lower K or raise DSae.");

    [Fact]
    public void K_of_0_is_invalid() => AssertInvalid(
        Valid with { K = 0 },
        "SaeConfig: K must be between 1 and DSae = 4096, but is 0. Raise K.");

    [Fact]
    public void A_width_of_0_is_invalid() =>
        AssertInvalid(Valid with { DIn = 0 }, "SaeConfig: DIn must be at least 1, but is 0. Raise DIn.");

    [Fact]
    public void A_negative_number_of_latents_is_invalid() =>
        AssertInvalid(Valid with { DSae = -1 }, "SaeConfig: DSae must be at least 1, but is -1. Raise DSae.");

    [Fact]
    public void An_unknown_architecture_names_those_there_are() => AssertInvalid(
        Valid with { Architecture = "TopK" },
        $"SaeConfig: Architecture must be one of {string.Join(", ", SaeArchitectures.All.Select(known => known.Id))}, "
        + "but is 'TopK'. Choose one of them.");

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_scale_that_is_not_finite_and_positive_is_rejected(float scale) =>
        Assert.Throws<ArgumentException>(() => new InputScaling([], scale));

    [Fact]
    public void A_mean_that_is_not_finite_is_rejected()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new InputScaling([1, float.NaN], 1));

        Assert.Equal(
            "InputScaling: Mean must be finite, but element 1 is NaN. Check the data it was estimated from.",
            fault.Message);
    }

    private static void AssertInvalid(SaeConfig config, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(config.Validate).Message);
}
